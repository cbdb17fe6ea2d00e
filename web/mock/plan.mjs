// The demo plan, with the measures that the real server fills in, roughly.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (name) => JSON.parse(readFileSync(join(import.meta.dirname, '../../venues/sports-centre', name), 'utf8'));
const DENSITY = { holding: 2, approach: 2, concourse: 2, pitch: 2, stage: 1, other: 2 };

function area(ring) {
  const k = 111320 ** 2 * Math.cos((ring[0][1] * Math.PI) / 180);
  let a = 0;
  for (let i = 1; i < ring.length; i++) a += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
  return Math.abs((a / 2) * k);
}
const polygons = (g) => (g.type === 'Polygon' ? [g.coordinates] : g.coordinates);

export function makePlan() {
  const plan = read('plan-b.geojson');
  for (const f of plan.features) {
    const p = f.properties;
    if (p.kind === 'zone') {
      p.area_m2 = Math.round(polygons(f.geometry).reduce((n, rings) => n + rings.reduce((m, r, i) => m + (i === 0 ? area(r) : -area(r)), 0), 0));
      p.usable_m2 = Math.max(1, p.area_m2 - (p.obstructed_m2 ?? 0));
      p.capacity_ppl ??= p.seats ?? Math.round(p.usable_m2 * (DENSITY[p.use] ?? 2));
      p.dynamic ??= p.use !== 'stand';
      p.counts_inside ??= ['concourse', 'stand', 'pitch', 'stage'].includes(p.use);
      p.capacity_rule = 'green-guide';
    }
    for (const l of p.lanes ?? []) l.open ??= true;
  }
  return plan;
}
export const makeBase = () => read('base.geojson');
