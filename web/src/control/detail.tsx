// One thing in full. It stands where the lists stand; Esc or the arrow leads back to them.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { named, t, type Key } from '../i18n';
import { people } from '../i18n/number';
import { useRoom } from './context';
import { CheckpointDetail } from './detail_checkpoint';
import { ZoneDetail } from './detail_zone';
import { selected, showOnMap } from './ui_state';
import type { PlanFeature } from '../api/plan';
import { idOf } from './venue';
import { nameOf } from './context';

export function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return <div class="fact"><dt>{label}</dt><dd>{children}</dd></div>;
}

const WORDS: ReadonlySet<string> = new Set([
  'steward', 'police', 'medical', 'fire', 'volunteer', 'command', 'metro', 'bus', 'carpark', 'walk', 'dropoff',
]);
const worded = (prefix: 'role' | 'form', word: string): string => (WORDS.has(word) ? t(`${prefix}.${word}` as Key) : word);

function OtherDetail({ feature }: { feature: PlanFeature }) {
  const room = useRoom();
  const p = feature.properties;
  const source = room.sources.of(idOf(feature)).value;
  const venue = room.venue.value;
  return (
    <dl class="facts">
      {p.role && <Fact label={t('feature.role')}>{worded('role', p.role)}</Fact>}
      {p.staff_ppl !== undefined && <Fact label={t('feature.staff')}>{people(p.staff_ppl)}</Fact>}
      {p.form && <Fact label={t('feature.form')}>{p.kind === 'source' ? worded('form', p.form) : p.form}</Fact>}
      {p.kind === 'source' && (
        <Fact label={t('feature.expected_now')}>
          {source?.expected_ppl_min == null ? '—' : t('source.arriving', { n: people(source.expected_ppl_min) })}
        </Fact>
      )}
      {p.share !== undefined && <Fact label={t('feature.share')}>{Math.round(p.share * 100)} %</Fact>}
      {p.to && <Fact label={t('feature.leads_to')}>{nameOf(venue, p.to)}</Fact>}
      {p.heading_deg !== undefined && <Fact label={t('feature.heading')}>{Math.round(p.heading_deg)}°</Fact>}
      {p.field_of_view_deg !== undefined && <Fact label={t('feature.field_of_view')}>{Math.round(p.field_of_view_deg)}°</Fact>}
      {p.range_m !== undefined && <Fact label={t('feature.range')}>{Math.round(p.range_m)} m</Fact>}
      {p.watches && p.watches.length > 0 && (
        <Fact label={t('feature.watches')}>{p.watches.map((w) => nameOf(venue, w)).join('; ')}</Fact>
      )}
      {p.note && <Fact label={t('settings.token_note')}>{p.note}</Fact>}
    </dl>
  );
}

export function Detail() {
  const room = useRoom();
  const title = useRef<HTMLHeadingElement>(null);
  const chosen = selected.value;
  const feature = chosen ? room.venue.value?.feature.get(chosen.id) : undefined;
  useEffect(() => title.current?.focus({ preventScroll: true }), [chosen?.id]);
  if (!chosen || !feature) return null;
  const kind = feature.properties.kind;
  return (
    <section class="detail" aria-labelledby="detail-title">
      <header class="detail-head">
        <button type="button" class="icon-button" aria-label={t('detail.back')} title={`${t('detail.back')}  Esc`}
          onClick={() => { selected.value = null; }}>←</button>
        <div>
          <h2 id="detail-title" ref={title} tabIndex={-1}>{named(feature.properties.name, chosen.id)}</h2>
          <span class="muted">
            {kind === 'zone' && feature.properties.use ? t(`use.${feature.properties.use}`) : ''}
            {kind === 'checkpoint' && feature.properties.stage ? t(`stage.${feature.properties.stage}`) : ''}
            {kind !== 'zone' && kind !== 'checkpoint' ? t(`feature.${kind}`) : ''}
            {' · '}{chosen.id}
          </span>
        </div>
        <button type="button" class="text-button" onClick={() => showOnMap(chosen.id)}>{t('detail.on_map')}</button>
      </header>
      {kind === 'zone' && <ZoneDetail id={chosen.id} feature={feature} />}
      {kind === 'checkpoint' && <CheckpointDetail id={chosen.id} feature={feature} />}
      {kind !== 'zone' && kind !== 'checkpoint' && <OtherDetail feature={feature} />}
    </section>
  );
}
