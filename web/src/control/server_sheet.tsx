// The server in figures: is it well, what came over MQTT, what is still to be checked.

import { alarmsOf, gap, health, sinceText } from '../health';
import { t, type Key } from '../i18n';
import { people } from '../i18n/number';
import { Dialog } from '../ui/dialog';
import { Shape } from '../ui/shape';
import type { MqttCounts } from '../api/client';

const MQTT: [keyof MqttCounts, Key][] = [
  ['connections', 'server.mqtt_connections'], ['publishes', 'server.mqtt_publishes'], ['accepted', 'server.mqtt_accepted'],
  ['duplicate', 'server.mqtt_duplicate'], ['rejected', 'server.mqtt_rejected'], ['dropped', 'server.mqtt_dropped'],
  ['failed', 'server.mqtt_failed'], ['refused', 'server.mqtt_refused'],
];

export function ServerSheet({ onClose }: { onClose: () => void }) {
  const h = health.value;
  const alarms = alarmsOf(h?.troubles ?? []);
  const rows: [Key, number | undefined][] = [
    ['server.sessions', h?.sessions], ['server.connections', h?.connections], ['server.committed', h?.committed],
    ['server.checks_waiting', h?.checks_waiting],
  ];
  return (
    <Dialog title={t('server.title')} onClose={onClose}>
      {!h && <p class="muted">{t('app.loading')}</p>}
      {h && (
        <p class={h.ok ? '' : 'tone-critical'}>
          <Shape name={h.ok ? 'circle' : 'square'} size={12} /> {t(h.ok ? 'server.well' : 'server.not_well')}{' '}
          <span class="muted">Cordon {h.version}</span>
        </p>
      )}
      {alarms.length > 0 && (
        <ul class="sub">{alarms.map((a) => <li key={a.name}><strong>{a.what}</strong>{gap()}{sinceText(a.since)}{gap()}{a.fix}</li>)}</ul>
      )}
      {h && (
        <dl class="facts">
          {rows.map(([key, n]) => n !== undefined && <div class="fact" key={key}><dt>{t(key)}</dt><dd>{people(n)}</dd></div>)}
        </dl>
      )}
      {h && <h3>MQTT</h3>}
      {h?.mqtt === null && <p class="muted">{t('server.mqtt_off')}</p>}
      {h?.mqtt && (
        <dl class="facts">
          {MQTT.map(([name, key]) => <div class="fact" key={name}><dt>{t(key)}</dt><dd>{people(h.mqtt?.[name] ?? 0)}</dd></div>)}
        </dl>
      )}
    </Dialog>
  );
}
