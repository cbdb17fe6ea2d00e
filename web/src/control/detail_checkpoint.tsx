// A checkpoint in full: its minutes, its lanes (operators open and close them by holding), its devices and their books.

import { useState } from 'preact/hooks';
import { api, type Problem } from '../api/client';
import type { PlanFeature } from '../api/plan';
import type { DeviceState, LaneState } from '../api/state';
import { t } from '../i18n';
import { people } from '../i18n/number';
import { Age, Silence } from '../ui/age';
import { HoldButton } from '../ui/hold_button';
import { asProblem, ProblemNote } from '../ui/problem';
import { Shape, shapeOf } from '../ui/shape';
import { nameOf, useRoom } from './context';
import { Fact } from './detail';
import { MinuteChart } from './minute_chart';
import { duration } from './sentences';
import { mayOperate, select } from './ui_state';

export function deviceRemarks(d: DeviceState): string[] {
  const remarks: string[] = [];
  if (d.missing > 0) remarks.push(t('device.missing', { n: people(d.missing) }));
  if (d.duplicates > 0) remarks.push(t('device.duplicates', { n: people(d.duplicates) }));
  if (d.conflicts > 0) remarks.push(t('device.conflicts', { n: people(d.conflicts) }));
  if (d.late > 0) remarks.push(t('device.late', { n: people(d.late) }));
  if (d.resets > 0) remarks.push(t('device.resets', { n: people(d.resets) }));
  if (d.backwards > 0) remarks.push(t('device.backwards', { n: people(d.backwards) }));
  if (d.ahead_ms > 1500) remarks.push(t('device.ahead', { text: duration(d.ahead_ms / 1000) }));
  return remarks;
}

function DeviceRow({ device }: { device: DeviceState }) {
  const remarks = deviceRemarks(device);
  return (
    <li class={`device tone-${device.state}`} data-hatched={device.state !== 'live'}>
      <Shape name={shapeOf(device.state)} />
      <b>{device.id}</b>
      <span>{device.state === 'live' ? <Age heard_at={device.heard_at} /> : <Silence heard_at={device.heard_at} />}</span>
      <span class="muted small">{remarks.length > 0 ? remarks.join(' · ') : t('device.clean')}</span>
    </li>
  );
}

function LaneRow({ checkpoint, lane, may }: { checkpoint: string; lane: LaneState; may: boolean }) {
  const room = useRoom();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const turn = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await api.setLanes(room.id, checkpoint, { [lane.id]: !lane.open });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const name = t('checkpoint.lane', { id: lane.id });
  return (
    <li class="lane" data-open={lane.open}>
      <i class="lane-box" aria-hidden="true" />
      <span>{name}</span>
      <span class="muted">{lane.open ? t('checkpoint.lane_open') : t('checkpoint.lane_closed')}</span>
      {may && (
        <HoldButton label={lane.open ? t('checkpoint.hold_close') : t('checkpoint.hold_open')} spoken={name} busy={busy}
          onHeld={() => void turn()} />
      )}
      {problem && <ProblemNote problem={problem} />}
    </li>
  );
}

export function CheckpointDetail({ id, feature }: { id: string; feature: PlanFeature }) {
  const room = useRoom();
  const c = room.checkpoints.of(id).value;
  const venue = room.venue.value;
  const p = feature.properties;
  const state = c?.state ?? 'never';
  const dumb = state === 'silent' || state === 'never';
  const devices = room.devices.value.filter((d) => d.checkpoint === id);
  const rate = (n: number | null | undefined): string => (n == null ? '—' : people(n));
  const may = mayOperate.value && room.view.value.kind === 'live' && !room.head.value?.closed;
  const zoneLink = (zone: string | undefined) => zone && (
    <button type="button" class="link" onClick={() => select('zone', zone)}>{nameOf(venue, zone)}</button>
  );
  return (
    <>
      <p class="big detail-number">
        <Shape name={shapeOf(state)} size={18} />
        {dumb
          ? <b class="words"><Silence heard_at={c?.heard_at} /></b>
          : <><b>{rate(c?.in_ppl_min)}</b><small>{t('unit.ppl_min')} · {t('inside.out')} {rate(c?.out_ppl_min)}</small></>}
      </p>
      <MinuteChart id={id} />
      <dl class="facts">
        <Fact label={t('checkpoint.total')}>{t('checkpoint.total_value', { in: rate(c?.in), out: rate(c?.out) })}</Fact>
        <Fact label={t('checkpoint.capacity')}>{rate(c?.capacity_ppl_min)} {t('unit.ppl_min')}</Fact>
        <Fact label={t('checkpoint.from_to')}>{zoneLink(p.from)} → {zoneLink(p.to)}</Fact>
        <Fact label={t('zone.source')}>
          {t('inside.devices', { live: c?.devices_live ?? 0, all: c?.devices ?? devices.length })} · <Age heard_at={c?.heard_at} />
        </Fact>
      </dl>
      {(c?.lane.length ?? 0) > 0 && (
        <section class="sub">
          <h3>{t('checkpoint.lanes')} <span class="muted">{c?.lanes_open}/{c?.lanes}</span></h3>
          <ul class="lanes">{c?.lane.map((l) => <LaneRow key={l.id} checkpoint={id} lane={l} may={may} />)}</ul>
        </section>
      )}
      <section class="sub">
        <h3>{t('checkpoint.devices')}</h3>
        <ul class="devices">{devices.map((d) => <DeviceRow key={d.id} device={d} />)}</ul>
      </section>
    </>
  );
}
