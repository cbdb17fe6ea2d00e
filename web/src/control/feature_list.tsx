// What the map shows, as a list for those who cannot see it. Follows the state every five seconds, not every change.

import { useComputed } from '@preact/signals';
import type { Kind, PlanFeature } from '../api/plan';
import { named, t } from '../i18n';
import { people } from '../i18n/number';
import { now_s } from './clock';
import { useRoom } from './context';
import { idOf } from './venue';

const KINDS: Kind[] = ['zone', 'checkpoint', 'source', 'post', 'camera', 'asset'];

export function FeatureList() {
  const room = useRoom();
  const beat = useComputed(() => Math.floor(now_s.value / 5));
  void beat.value;
  const venue = room.venue.value;
  const snapshot = room.shown.peek().snapshot;
  if (!venue) return null;
  const line = (f: PlanFeature): string => {
    const id = idOf(f);
    const name = named(f.properties.name, id);
    const zone = snapshot?.zones.get(id);
    const gate = snapshot?.checkpoints.get(id);
    const source = snapshot?.sources.get(id);
    if (zone) {
      const ppl = zone.ppl === null ? '—' : `${zone.at_least ? `${t('inside.at_least')} ` : ''}${people(zone.ppl)}`;
      return t('zone.row', { name, state: t(`state.${zone.state}`), ppl });
    }
    if (gate) {
      const dumb = gate.state === 'silent' || gate.state === 'never';
      return t(dumb ? 'checkpoint.row_silent' : 'checkpoint.row', {
        name, state: t(`state.${gate.state}`), n: people((gate.in_ppl_min ?? 0) + (gate.out_ppl_min ?? 0)),
      });
    }
    if (source) return `${name}: ${t('source.arriving', { n: people(source.expected_ppl_min ?? 0) })}`;
    return name;
  };
  return (
    <section class="visually-hidden" aria-labelledby="map-list">
      <h2 id="map-list">{t('map.list')}</h2>
      {KINDS.map((kind) => venue.of[kind].length > 0 && (
        <section key={kind}>
          <h3>{t(`feature.${kind}`)}</h3>
          <ul>{venue.of[kind].map((f) => <li key={idOf(f)}>{line(f)}</li>)}</ul>
        </section>
      ))}
    </section>
  );
}
