// What the page needs of the plan, looked up once: zones and checkpoints by id, the timetable, the planned arrivals.

import type { Kind, PlanDocument, PlanFeature } from '../api/plan';
import type { StageName } from '../api/state';
import { MINUTE_MS, msOrNull, offsetMinutesOf } from '../i18n/time';

export interface CurvePoint {
  at_ms: number;
  share: number;
}

export interface Venue {
  plan: PlanDocument;
  offset_min: number;
  doors_ms: number | null;
  start_ms: number | null;
  end_ms: number | null;
  expected_ppl: number;
  approved_ppl: number;
  curve: CurvePoint[];
  feature: Map<string, PlanFeature>;
  of: Record<Kind, PlanFeature[]>;
  levels: number[];
  entering: Map<string, 1 | -1>; // checkpoints between outside and inside: +1 where "in" enters
}

export const idOf = (f: PlanFeature): string => String(f.id ?? f.properties.id ?? '');

const STAGE_ORDER: StageName[] = ['precheck', 'ticket', 'security', 'exit', 'transfer'];
export const stageRank = (s: StageName | undefined): number => (s ? STAGE_ORDER.indexOf(s) : STAGE_ORDER.length);

// Cumulative share of the expected people by minutes from the start, where a plan names a curve instead of drawing it.
const NAMED_CURVES: Record<string, [number, number][]> = {
  default: [[-120, 0], [-90, 0.08], [-60, 0.3], [-45, 0.5], [-30, 0.72], [-15, 0.9], [0, 0.98], [20, 1]],
  'late-peak': [[-120, 0], [-90, 0.04], [-60, 0.14], [-45, 0.28], [-30, 0.52], [-15, 0.8], [0, 0.96], [20, 1]],
};

function curveOf(plan: PlanDocument, start_ms: number | null): CurvePoint[] {
  if (start_ms === null) return [];
  const given = plan.cordon.arrivals;
  const points = Array.isArray(given) ? given : NAMED_CURVES[given ?? 'default'] ?? NAMED_CURVES.default ?? [];
  return points.map(([minutes, share]) => ({ at_ms: start_ms + minutes * MINUTE_MS, share }));
}

export function shareAt(curve: CurvePoint[], at_ms: number): number {
  const first = curve[0];
  if (!first || at_ms <= first.at_ms) return first ? first.share : 0;
  for (let i = 1; i < curve.length; i++) {
    const a = curve[i - 1] as CurvePoint;
    const b = curve[i] as CurvePoint;
    if (at_ms <= b.at_ms) return a.share + ((b.share - a.share) * (at_ms - a.at_ms)) / Math.max(1, b.at_ms - a.at_ms);
  }
  return curve.at(-1)?.share ?? 0;
}

// Planned arrivals a minute around a moment, over ten minutes, so that the curve's corners do not show.
export function plannedPerMinute(curve: CurvePoint[], expected_ppl: number, at_ms: number): number {
  const half = 5 * MINUTE_MS;
  return ((shareAt(curve, at_ms + half) - shareAt(curve, at_ms - half)) * expected_ppl) / 10;
}

function countsInside(f: PlanFeature | undefined): boolean {
  if (!f) return false;
  const p = f.properties;
  return p.counts_inside ?? ['concourse', 'stand', 'pitch', 'stage'].includes(p.use ?? '');
}

export function venueOf(plan: PlanDocument): Venue {
  const of: Record<Kind, PlanFeature[]> = {
    zone: [], checkpoint: [], link: [], post: [], camera: [], barrier: [], source: [], asset: [], route: [],
  };
  const feature = new Map<string, PlanFeature>();
  const levels = new Set<number>();
  for (const f of plan.features) {
    of[f.properties.kind]?.push(f);
    feature.set(idOf(f), f);
    levels.add(f.properties.level ?? 0);
  }
  of.checkpoint.sort((a, b) => stageRank(a.properties.stage) - stageRank(b.properties.stage));
  const entering = new Map<string, 1 | -1>();
  for (const c of of.checkpoint) {
    const from = countsInside(feature.get(c.properties.from ?? ''));
    const to = countsInside(feature.get(c.properties.to ?? ''));
    if (from !== to) entering.set(idOf(c), to ? 1 : -1);
  }
  const times = plan.cordon.timetable ?? {};
  const start_ms = msOrNull(times.start);
  return {
    plan,
    offset_min: offsetMinutesOf(times.start ?? times.doors ?? ''),
    doors_ms: msOrNull(times.doors),
    start_ms,
    end_ms: msOrNull(times.end),
    expected_ppl: plan.cordon.expected_ppl ?? 0,
    approved_ppl: plan.cordon.approved_ppl ?? 0,
    curve: curveOf(plan, start_ms),
    feature,
    of,
    levels: [...levels].sort((a, b) => a - b),
    entering,
  };
}
