// A zone in full: people with their band and source, capacity with its rule, the ledger beside what recounts made of it.

import { useComputed } from '@preact/signals';
import { useState } from 'preact/hooks';
import { api, type Problem } from '../api/client';
import type { PlanFeature } from '../api/plan';
import type { ZoneState } from '../api/state';
import { language, t } from '../i18n';
import { oneDecimal, people } from '../i18n/number';
import { hhmm, msOrNull } from '../i18n/time';
import { Age } from '../ui/age';
import { asProblem, ProblemNote } from '../ui/problem';
import { Shape, shapeOf } from '../ui/shape';
import { now_s } from './clock';
import { nameOf, useRoom } from './context';
import { Fact } from './detail';
import { duration, sourceText } from './sentences';
import { mayOperate, select } from './ui_state';
import { idOf } from './venue';

// By which rule the capacity was found, with its figures and its source.
function ruleText(p: PlanFeature['properties']): string {
  const zh = language.value === 'zh';
  const how = (zh ? p.capacity_how_zh : p.capacity_how) ?? '';
  const source = (zh ? p.capacity_source_zh : p.capacity_source) ?? p.capacity_rule ?? '';
  return [how, source].filter((x) => x !== '').join('; ');
}

function FullAt({ full_at }: { full_at: string | null }) {
  const room = useRoom();
  const offset = room.venue.value?.offset_min ?? 0;
  const text = useComputed(() => {
    const at = msOrNull(full_at);
    if (at === null) return t('zone.not_full');
    return t('zone.full_at_time', { at: hhmm(at, offset), text: duration(Math.max(0, at / 1000 - now_s.value)) });
  });
  return <>{text}</>;
}

function RecountForm({ id, last }: { id: string; last: ZoneState['recount'] }) {
  const room = useRoom();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [done, setDone] = useState(false);
  const offset = room.venue.value?.offset_min ?? 0;
  const book = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    setProblem(null);
    setDone(false);
    try {
      await api.recount(room.id, id, Number(data.get('ppl')), Number(data.get('sigma')), String(data.get('reason')));
      setDone(true);
      form.reset();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  const told = last
    ? t('zone.recount_last', {
      ppl: people(last.ppl), sigma: people(last.sigma_ppl), at: hhmm(msOrNull(last.at) ?? 0, offset), by: last.by,
    })
    : t('zone.recount_none');
  return (
    <section class="sub">
      <h3>{t('zone.recount')}</h3>
      <p class="muted small">{told}</p>
      {mayOperate.value && room.view.value.kind === 'live' && (
        <form class="recount" onSubmit={(e) => { e.preventDefault(); void book(e.currentTarget); }}>
          <label>{t('zone.recount_ppl')}<input name="ppl" type="number" min="0" step="1" required inputMode="numeric" /></label>
          <label>{t('zone.recount_sigma')}<input name="sigma" type="number" min="1" step="1" required inputMode="numeric" /></label>
          <label class="wide">{t('zone.recount_reason')}<input name="reason" type="text" maxLength={200} required /></label>
          <button type="submit" class="button">{t('zone.recount_go')}</button>
          <span class="muted small" role="status">{done ? t('zone.recount_done') : t('zone.recount_why')}</span>
          {problem && <ProblemNote problem={problem} />}
        </form>
      )}
    </section>
  );
}

export function ZoneDetail({ id, feature }: { id: string; feature: PlanFeature }) {
  const room = useRoom();
  const z = room.zones.of(id).value;
  const p = feature.properties;
  const venue = room.venue.value;
  const beside = (venue?.of.checkpoint ?? []).filter((c) => c.properties.from === id || c.properties.to === id);
  const rate = (n: number | null | undefined): string => (n == null ? '—' : people(n));
  return (
    <>
      <p class="big detail-number">
        <Shape name={shapeOf(z?.state)} size={18} />
        {z?.at_least && <abbr class="at-least" title={t('inside.at_least')}>≥</abbr>}
        <b>{z?.ppl == null ? '—' : people(z.ppl)}</b>
        <small>{t('unit.ppl')} · {t(`state.${z?.state ?? 'unknown'}`)}</small>
      </p>
      <dl class="facts">
        {z && z.low !== null && z.high !== null && <Fact label={t('zone.band')}>{people(z.low)} – {people(z.high)}</Fact>}
        <Fact label={t('zone.source')}>{sourceText(z?.source ?? '')} · <Age heard_at={z?.heard_at} /></Fact>
        {z?.density_ppl_m2 != null && (
          <Fact label={t('zone.density')}>
            {oneDecimal(z.density_ppl_m2)} {t('unit.m2')}{z.level ? ` · ${t('zone.level', { level: z.level })}` : ''}
          </Fact>
        )}
        <Fact label={t('zone.capacity')}>{rate(z?.capacity_ppl ?? p.capacity_ppl)}</Fact>
        {p.capacity_rule && <Fact label={t('zone.rule')}>{ruleText(p)}</Fact>}
        {p.usable_m2 !== undefined && <Fact label={t('zone.area')}>{t('unit.m2_area', { n: people(p.usable_m2) })}</Fact>}
        <Fact label={t('zone.rates')}>{rate(z?.in_ppl_min)} / {rate(z?.out_ppl_min)}</Fact>
        <Fact label={t('zone.full_at')}><FullAt full_at={z?.full_at ?? null} /></Fact>
        <Fact label={t('zone.ledger')}>{rate(z?.ledger)}</Fact>
        <Fact label={t('zone.adjusted')}>{z && z.adjusted > 0 ? '+' : ''}{rate(z?.adjusted)}</Fact>
      </dl>
      {z && z.ledger < 0 && <p class="note tone-watch"><Shape name="diamond" size={12} />{t('zone.negative')}</p>}
      {p.use !== 'outside' && <RecountForm id={id} last={z?.recount ?? null} />}
      <section class="sub">
        <h3>{t('zone.checkpoints')}</h3>
        <ul class="chips">
          {beside.map((c) => (
            <li key={idOf(c)}>
              <button type="button" class="chip" onClick={() => select('checkpoint', idOf(c))}>{nameOf(venue, idOf(c))}</button>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
