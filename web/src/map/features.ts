// Plan and state as the GeoJSON sources of the map. Pure: what is drawn follows from what is known.

import type { BaseDocument, Geometry, LonLat, PlanFeature } from '../api/plan';
import type { CheckpointState, ZoneState } from '../api/state';
import { ageSeconds } from '../control/clock';
import type { Snapshot } from '../control/fold';
import { silentFor } from '../control/sentences';
import { idOf, type Venue } from '../control/venue';
import { named, t } from '../i18n';
import { oneDecimal, people } from '../i18n/number';
import { msOrNull } from '../i18n/time';
import { shapeOf } from '../ui/shape';
import { densityBand, fillBand, type MapColors } from './density';
import { labelPoint, shortSide_m, viewWedge } from './geometry';

type Value = string | number | boolean | null;
export interface Drawn {
  type: 'Feature';
  geometry: Geometry;
  properties: Record<string, Value>;
}
export interface Collection {
  type: 'FeatureCollection';
  features: Drawn[];
}

const collection = (features: Drawn[]): Collection => ({ type: 'FeatureCollection', features });
const drawn = (geometry: Geometry, properties: Record<string, Value>): Drawn => ({ type: 'Feature', geometry, properties });
const point = (at: LonLat): Geometry => ({ type: 'Point', coordinates: at });
const onLevel = (f: PlanFeature, level: number | null): boolean => level === null || (f.properties.level ?? 0) === level;

export interface Look {
  venue: Venue;
  snapshot: Snapshot | null;
  colors: MapColors;
  level: number | null;
  now_ms: number;
}

const labelPoints = new WeakMap<PlanFeature, LonLat | null>();
export function labelPointOf(f: PlanFeature): LonLat | null {
  let at = labelPoints.get(f);
  if (at === undefined) {
    at = labelPoint(f.geometry);
    labelPoints.set(f, at);
  }
  return at;
}

export function baseFeatures(base: BaseDocument | null): Collection {
  const out: Drawn[] = [];
  const said = new Set((base?.features ?? []).filter((f) => f.geometry?.type === 'Point').map((f) => named(f.properties?.name, '')));
  for (const f of base?.features ?? []) {
    if (!f.geometry) continue;
    const name = named(f.properties?.name, '');
    out.push(drawn(f.geometry, { layer: f.properties?.layer ?? '', name, width_m: f.properties?.width_m ?? 0 }));
    if (name !== '' && !said.has(name) && (f.geometry.type === 'Polygon' || f.geometry.type === 'MultiPolygon')) {
      const at = labelPoint(f.geometry);
      if (at) out.push(drawn(point(at), { layer: 'name', name, width_m: 0 }));
    }
  }
  return collection(out);
}

function zoneColor(f: PlanFeature, z: ZoneState | undefined, k: MapColors): string {
  const p = f.properties;
  if (p.use === 'pitch' || p.use === 'stage') {
    return (z?.ppl ?? 0) > 0 && z?.density_ppl_m2 != null ? k.density[densityBand(z.density_ppl_m2)] : k.pitch;
  }
  if (!z || z.ppl === null || z.state === 'unknown') return k.zone;
  if (p.use === 'stand' || p.dynamic === false) return k.stand[fillBand(z.ppl, z.capacity_ppl ?? p.capacity_ppl ?? 0)];
  if (z.density_ppl_m2 === null) return k.zone;
  return z.density_ppl_m2 < 0.05 ? k.zone : k.density[densityBand(z.density_ppl_m2)];
}

function zoneLine(z: ZoneState | undefined, k: MapColors): string {
  if (z?.state === 'critical') return k.critical;
  if (z?.state === 'warning') return k.warning;
  return z?.state === 'watch' ? k.watch : k.line;
}

export function zoneFeatures(look: Look): Collection {
  const out: Drawn[] = [];
  for (const f of look.venue.of.zone) {
    if (!f.geometry || f.properties.use === 'outside' || !onLevel(f, look.level)) continue;
    const z = look.snapshot?.zones.get(idOf(f));
    const hatched = f.properties.use !== 'pitch' && (!z || z.state === 'unknown' || z.ppl === null || z.at_least);
    out.push(drawn(f.geometry, {
      id: idOf(f), color: zoneColor(f, z, look.colors), line: zoneLine(z, look.colors), hatched,
      heavy: z?.state === 'warning' || z?.state === 'critical',
    }));
  }
  return collection(out);
}

// What stands on a zone: people, and the density where a crowd moves; "at least" and silence are said, not coloured.
export function zoneText(f: PlanFeature, z: ZoneState | undefined, from_ppl_m2 = 0.05): string {
  if (!z || z.ppl === null) return t('state.unknown');
  const number = `${z.at_least ? '≥ ' : ''}${people(z.ppl)}`;
  if (f.properties.use === 'stand' || z.density_ppl_m2 === null || z.density_ppl_m2 < from_ppl_m2) return number;
  return `${number}\n${oneDecimal(z.density_ppl_m2)} ${t('unit.m2')}${z.level ? ` ${z.level}` : ''}`;
}

// What a small zone that needs a person says: the density where people move, else their number.
function shortText(f: PlanFeature, z: ZoneState | undefined): string {
  if (!z || z.ppl === null) return '';
  const moving = f.properties.use !== 'stand' && f.properties.dynamic !== false && z.density_ppl_m2 !== null;
  return moving ? oneDecimal(z.density_ppl_m2 ?? 0) : people(z.ppl);
}

export function zoneLabels(look: Look): Collection {
  const out: Drawn[] = [];
  for (const f of look.venue.of.zone) {
    const use = f.properties.use;
    if (use === 'outside' || !onLevel(f, look.level)) continue;
    const z = look.snapshot?.zones.get(idOf(f));
    const at = labelPointOf(f);
    if (!at) continue;
    const quiet = !look.snapshot || z?.ppl === 0 && !z.at_least && (z.state === 'normal' || use === 'pitch');
    const loud = z?.state === 'warning' || z?.state === 'critical';
    out.push(drawn(point(at), {
      id: idOf(f), name: named(f.properties.name, idOf(f)), text: quiet ? '' : zoneText(f, z),
      calm: quiet ? '' : zoneText(f, z, 1.1), short: shortText(f, z), rank: loud ? 0 : use === 'approach' ? 3 : 1,
      wide_m: Math.round(shortSide_m(f.geometry)),
    }));
  }
  return collection(out);
}

const LANES_DRAWN_MOST = 16;

export function lanesText(c: CheckpointState | undefined): string {
  if (!c || c.lane.length === 0) return '';
  if (c.lane.length > LANES_DRAWN_MOST) return `${c.lanes_open}/${c.lanes}`;
  return c.lane.map((l) => (l.open ? '■' : '□')).join('');
}

function gateText(c: CheckpointState | undefined, now_ms: number): string {
  if (!c || c.state === 'silent' || c.state === 'never') return silentFor(ageSeconds(msOrNull(c?.heard_at), now_ms));
  const rate = people((c.in_ppl_min ?? 0) + (c.out_ppl_min ?? 0));
  return c.devices_live < c.devices ? `≥ ${rate}` : rate;
}

const RANK = { critical: 0, warning: 1, silent: 2, never: 2, unknown: 2, watch: 3, normal: 4 } as const;

export function gateFeatures(look: Look, selectedId: string | null): Collection {
  const out: Drawn[] = [];
  for (const f of look.venue.of.checkpoint) {
    if (!f.geometry || !onLevel(f, look.level)) continue;
    const id = idOf(f);
    const c = look.snapshot?.checkpoints.get(id);
    const at = labelPointOf(f);
    if (!at) continue;
    const waiting = !look.snapshot; // nothing is known yet, so nothing is said
    const state = c?.state ?? (waiting ? 'normal' : 'never');
    const resting = f.properties.stage === 'exit' && state === 'normal' && !c?.in_ppl_min && !c?.out_ppl_min;
    out.push(drawn(point(at), {
      id, icon: `gate-${shapeOf(state)}-${f.properties.stage ?? 'transfer'}`, text: resting || waiting ? '' : gateText(c, look.now_ms),
      lanes: lanesText(c), name: named(f.properties.name, id), rank: RANK[state],
      chosen: id === selectedId, resting,
      minor: f.properties.stage === 'transfer' && (state === 'normal' || state === 'never'),
    }));
    if (f.geometry.type === 'LineString') out.push(drawn(f.geometry, { id, rank: 9, line: true }));
  }
  return collection(out);
}

export function sourceFeatures(look: Look): Collection {
  const out: Drawn[] = [];
  for (const f of look.venue.of.source) {
    const at = labelPointOf(f);
    if (!at || !onLevel(f, look.level)) continue;
    const s = look.snapshot?.sources.get(idOf(f));
    const name = named(f.properties.name, idOf(f));
    const rate = s?.expected_ppl_min;
    const text = rate == null ? name : `${name}\n${rate < 0.5 ? t('source.none') : t('source.arriving', { n: people(rate) })}`;
    out.push(drawn(point(at), { id: idOf(f), text, rank: -(rate ?? 0) }));
  }
  return collection(out);
}

export function staticFeatures(venue: Venue, level: number | null): Collection {
  const out: Drawn[] = [];
  const all = [...venue.of.post, ...venue.of.camera, ...venue.of.asset, ...venue.of.barrier, ...venue.of.route, ...venue.of.link];
  for (const f of all) {
    const p = f.properties;
    if (!f.geometry || !onLevel(f, level)) continue;
    const icon = p.kind === 'asset' ? (p.form === 'first_aid' || p.form === 'ambulance' ? 'first_aid' : 'asset') : p.kind;
    out.push(drawn(f.geometry, { id: idOf(f), kind: p.kind, form: p.form ?? '', name: named(p.name, ''), icon }));
    if (p.kind === 'camera' && f.geometry.type === 'Point' && p.heading_deg !== undefined) {
      const wedge = viewWedge(f.geometry.coordinates, p.heading_deg, p.field_of_view_deg ?? 60, Math.min(80, p.range_m ?? 40));
      out.push(drawn(wedge, { id: idOf(f), kind: 'view', form: '', name: '', icon: '' }));
    }
  }
  return collection(out);
}

export function chosenFeature(venue: Venue, id: string | null): Collection {
  const f = id === null ? undefined : venue.feature.get(id);
  return collection(f?.geometry ? [drawn(f.geometry, { id: id ?? '' })] : []);
}
