// Zones and checkpoints as lists, in the plan's order: rows never move by themselves. A row opens its detail.

import { useComputed } from '@preact/signals';
import type { PlanFeature, Use } from '../api/plan';
import type { CheckpointLevel, StageName } from '../api/state';
import { named, t } from '../i18n';
import { oneDecimal, people } from '../i18n/number';
import { Silence } from '../ui/age';
import { useRoving } from '../ui/roving';
import { Shape, shapeOf } from '../ui/shape';
import { Sparkline } from '../ui/sparkline';
import { now_ms } from './clock';
import { useRoom } from './context';
import { lastMinutes } from './flow';
import { stageWord } from './sentences';
import { attention, find, select } from './ui_state';
import type { Snapshot } from './fold';
import { idOf } from './venue';

const USE_ORDER: Use[] = ['holding', 'approach', 'concourse', 'stand', 'pitch', 'stage', 'other'];
const STAGES: StageName[] = ['precheck', 'ticket', 'security', 'exit', 'transfer'];

function stateOf(snapshot: Snapshot, id: string): CheckpointLevel | undefined {
  return snapshot.zones.get(id)?.state ?? snapshot.checkpoints.get(id)?.state;
}

const calls = (state: CheckpointLevel | undefined): boolean => state !== undefined && state !== 'normal';

function matches(f: PlanFeature, wanted: string, snapshot: Snapshot | null): boolean {
  if (snapshot && !calls(stateOf(snapshot, idOf(f)))) return false;
  if (wanted === '') return true;
  const name = f.properties.name;
  const text = typeof name === 'string' ? name : `${name?.zh ?? ''} ${name?.en ?? ''}`;
  return `${text} ${idOf(f)}`.toLowerCase().includes(wanted);
}

export function zonesOf(features: PlanFeature[]): PlanFeature[] {
  const rank = (f: PlanFeature): number => USE_ORDER.indexOf(f.properties.use ?? 'other');
  return features.filter((f) => f.properties.use !== 'outside').sort((a, b) => rank(a) - rank(b));
}

function ZoneRow({ feature }: { feature: PlanFeature }) {
  const room = useRoom();
  const id = idOf(feature);
  const z = room.zones.of(id).value;
  const name = named(feature.properties.name, id);
  const state = z?.state ?? 'unknown';
  const capacity = z?.capacity_ppl ?? feature.properties.capacity_ppl ?? 0;
  const share = z?.ppl != null && capacity > 0 ? Math.min(1, z.ppl / capacity) : 0;
  const number = z?.ppl == null ? '—' : `${z.at_least ? '≥ ' : ''}${people(z.ppl)}`;
  const showDensity = z?.density_ppl_m2 != null && z.level !== null;
  return (
    <li>
      <button
        type="button" class={`row zone-row tone-${state}`} data-row data-id={id} data-hatched={state === 'unknown' || z?.at_least === true}
        onClick={() => select('zone', id)}
      >
        <Shape name={shapeOf(state)} />
        <span class="row-main">
          <span class="row-name">{name}<span class="visually-hidden">, {t(`state.${state}`)}</span></span>
          <span class="bar"><i style={{ width: `${share * 100}%` }} /></span>
        </span>
        <b class="row-number">{number}</b>
        <span class="row-density">{showDensity ? <><b>{oneDecimal(z.density_ppl_m2 ?? 0)}</b> {z.level}</> : ''}</span>
      </button>
    </li>
  );
}

function Trend({ id, most }: { id: string; most: number }) {
  const room = useRoom();
  const minute = useComputed(() => Math.floor(now_ms.value / 60_000));
  const { book } = room.flow.value;
  const line = book?.lines.get(id);
  if (!book || !line) return <span class="spark" />;
  const values = lastMinutes(book, line.in.map((n, i) => n + (line.out[i] ?? 0)), minute.value * 60_000, 60);
  return <Sparkline values={values} width={120} height={22} most={most} />;
}

function CheckpointRow({ feature }: { feature: PlanFeature }) {
  const room = useRoom();
  const id = idOf(feature);
  const c = room.checkpoints.of(id).value;
  const name = named(feature.properties.name, id);
  const state = c?.state ?? 'never';
  const dumb = state === 'silent' || state === 'never' || c === null;
  const rate = Math.round((c?.in_ppl_min ?? 0) + (c?.out_ppl_min ?? 0));
  const part = c !== null && c.devices_live < c.devices;
  const most = Math.max(c?.capacity_ppl_min ?? 0, 1);
  return (
    <li>
      <button type="button" class={`row checkpoint-row tone-${state}`} data-row data-id={id} data-hatched={dumb}
        onClick={() => select('checkpoint', id)}>
        <Shape name={shapeOf(state)} />
        <span class="row-name">{name}{!dumb && <span class="visually-hidden">, {t(`state.${state}`)}</span>}</span>
        {dumb
          ? <span class="hatched row-silent"><Silence heard_at={c?.heard_at} /></span>
          : <><Trend id={id} most={most} /><b class="row-number">{part ? '≥ ' : ''}{people(rate)}</b></>}
      </button>
    </li>
  );
}

export function ZoneList() {
  const room = useRoom();
  const list = useRoving<HTMLUListElement>();
  const wanted = find.value.trim().toLowerCase();
  const only = attention.value ? room.shown.value.snapshot : null;
  const zones = zonesOf(room.venue.value?.of.zone ?? []).filter((f) => matches(f, wanted, only));
  return (
    <section class="list-section" aria-labelledby="zones-title">
      <header class="list-head"><h2 id="zones-title">{t('panel.zones')}</h2><span class="muted">{t('unit.m2')}</span></header>
      <ul ref={list} class="rows">{zones.map((f) => <ZoneRow key={idOf(f)} feature={f} />)}</ul>
      {zones.length === 0 && room.venue.value && <p class="muted none">{t('panel.nothing')}</p>}
    </section>
  );
}

export function CheckpointList() {
  const room = useRoom();
  const list = useRoving<HTMLDivElement>();
  const wanted = find.value.trim().toLowerCase();
  const only = attention.value ? room.shown.value.snapshot : null;
  const all = (room.venue.value?.of.checkpoint ?? []).filter((f) => matches(f, wanted, only));
  return (
    <section class="list-section" aria-labelledby="checkpoints-title">
      <header class="list-head">
        <h2 id="checkpoints-title">{t('panel.checkpoints')}</h2><span class="muted">{t('unit.ppl_min')}</span>
      </header>
      <div ref={list}>
        {STAGES.map((stage) => {
          const rows = all.filter((f) => f.properties.stage === stage);
          if (rows.length === 0) return null;
          return (
            <section key={stage} aria-label={stageWord(stage)}>
              <h3 class="group">{stageWord(stage)}</h3>
              <ul class="rows">{rows.map((f) => <CheckpointRow key={idOf(f)} feature={f} />)}</ul>
            </section>
          );
        })}
      </div>
      {all.length === 0 && room.venue.value && <p class="muted none">{t('panel.nothing')}</p>}
    </section>
  );
}

// How many zones and checkpoints are not normal; pressing shows only these.
function AttentionButton() {
  const room = useRoom();
  const { snapshot } = room.shown.value;
  const venue = room.venue.value;
  const count = snapshot && venue ? [...venue.of.zone, ...venue.of.checkpoint].filter((f) => calls(stateOf(snapshot, idOf(f)))).length : 0;
  return (
    <button type="button" class={`button ${attention.value ? 'button-on' : ''}`} aria-pressed={attention.value}
      onClick={() => { attention.value = !attention.peek(); }}>
      {t('panel.attention', { n: count })}
    </button>
  );
}

export function FindField() {
  return (
    <>
    <input
      class="find" type="search" id="find" value={find.value} aria-label={t('panel.find')} placeholder={t('panel.find_hint')}
      autocomplete="off" onInput={(e) => { find.value = e.currentTarget.value; }}
    />
    <AttentionButton />
    </>
  );
}
