// What is wrong with the server and needs a person: above every page, until it is over.

import { alarmsOf, gap, health, sinceText } from '../health';
import { t } from '../i18n';
import { Shape } from './shape';

export function Alarms() {
  const troubles = health.value?.troubles ?? [];
  if (troubles.length === 0) return null;
  return (
    <section class="alarms" aria-label={t('alarm.title')} tabIndex={0}>
      <div role="alert"><ul>
        {alarmsOf(troubles).map((a) => (
          <li key={a.name} class="alarm" data-trouble={a.name}>
            <Shape name="square" />
            <p><strong>{a.what}</strong>{gap()}<span class="alarm-since">{sinceText(a.since)}</span>{gap()}{a.fix}</p>
          </li>
        ))}
      </ul></div>
    </section>
  );
}
