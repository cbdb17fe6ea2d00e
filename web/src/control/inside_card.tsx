// How many are inside: the number, its error, its age, where it comes from, and what was expected and approved.

import { t } from '../i18n';
import { halfBand, people } from '../i18n/number';
import { Age } from '../ui/age';
import { Shape } from '../ui/shape';
import { useRoom } from './context';

export function InsideCard() {
  const room = useRoom();
  const i = room.inside.value;
  if (!i) return <section class="inside" aria-label={t('panel.inside')}><h2>{t('panel.inside')}</h2><p class="big"><b>—</b></p></section>;
  const approved = i.approved_ppl ?? 0;
  const scale = Math.max(approved, i.expected_ppl ?? 0, i.ppl ?? 0, 1);
  const part = (n: number | null): string => `${Math.min(100, ((n ?? 0) / scale) * 100)}%`;
  const band = halfBand(i.low, i.high);
  const over = approved > 0 && (i.ppl ?? 0) > approved;
  return (
    <section class="inside" aria-label={t('panel.inside')} data-over={over}>
      <header><h2>{t('panel.inside')}</h2><Age heard_at={i.heard_at} /></header>
      <p class="big big-44">
        {i.at_least && <abbr class="at-least" title={t('inside.at_least')}>≥</abbr>}
        <b>{i.ppl === null ? '—' : people(i.ppl)}</b>
        {band !== null && <small title={t('zone.band')}>{t('inside.error', { n: people(band) })}</small>}
      </p>
      <div
        class="bar bar-marks" role="meter" aria-valuemin={0} aria-valuemax={scale} aria-valuenow={i.ppl ?? 0}
        aria-label={t('inside.bar', { n: people(i.ppl ?? 0), approved: people(approved) })}
      >
        <i style={{ width: part(i.ppl) }} />
        {i.expected_ppl !== null && <em class="mark-expected" style={{ left: part(i.expected_ppl) }} />}
        {i.approved_ppl !== null && <em class="mark-approved" style={{ left: part(i.approved_ppl) }} />}
      </div>
      <p class="inside-marks">
        <span>{t('inside.expected', { n: i.expected_ppl === null ? '—' : people(i.expected_ppl) })}</span>
        <span>{t('inside.approved', { n: i.approved_ppl === null ? '—' : people(i.approved_ppl) })}</span>
      </p>
      {over && <p class="tone-critical over"><Shape name="square" size={12} />{t('inside.over')}</p>}
      <p class="inside-marks">
        <span class={i.devices_live < i.devices ? 'tone-warning' : ''}>
          {i.devices_live < i.devices && <Shape name="hatch" size={12} />}
          {t('inside.devices', { live: i.devices_live, all: i.devices })}
        </span>
        <span>
          {t('inside.in')} <b>{i.in_ppl_min === null ? '—' : people(i.in_ppl_min)}</b>
          {' '}{t('inside.out')} <b>{i.out_ppl_min === null ? '—' : people(i.out_ppl_min)}</b> {t('unit.ppl_min')}
        </span>
      </p>
    </section>
  );
}
