// Small geometry on lon/lat at the scale of a venue: where a label stands, what a camera sees, how far things reach.

import type { Geometry, LonLat, PlanFeature } from '../api/plan';

const M_PER_DEG = 111_320;

export type Bounds = [number, number, number, number];

export function pointsOf(g: Geometry | null): LonLat[] {
  if (!g) return [];
  switch (g.type) {
    case 'Point':
      return [g.coordinates];
    case 'LineString':
      return g.coordinates;
    case 'MultiLineString':
    case 'Polygon':
      return g.coordinates.flat();
    case 'MultiPolygon':
      return g.coordinates.flat(2);
    default:
      return [];
  }
}

export function boundsOf(features: PlanFeature[]): Bounds | null {
  let b: Bounds | null = null;
  for (const f of features) {
    for (const [x, y] of pointsOf(f.geometry)) {
      b = b ? [Math.min(b[0], x), Math.min(b[1], y), Math.max(b[2], x), Math.max(b[3], y)] : [x, y, x, y];
    }
  }
  return b;
}

function insideRings(rings: LonLat[][], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i] as LonLat;
      const [xj, yj] = ring[j] as LonLat;
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
  }
  return inside;
}

function distanceToRings(rings: LonLat[][], x: number, y: number, kx: number): number {
  let best = Infinity;
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i++) {
      const [ax, ay] = ring[i - 1] as LonLat;
      const [bx, by] = ring[i] as LonLat;
      const dx = (bx - ax) * kx;
      const dy = by - ay;
      const px = (x - ax) * kx;
      const py = y - ay;
      const s = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy || 1)));
      best = Math.min(best, (px - s * dx) ** 2 + (py - s * dy) ** 2);
    }
  }
  return best;
}

const GRID = 20;

// The point of a grid that lies deepest inside: good enough for a label, also in rings and horseshoes.
function deepest(rings: LonLat[][]): { at: LonLat; depth: number } {
  const xs = (rings[0] ?? []).map((p) => p[0]);
  const ys = (rings[0] ?? []).map((p) => p[1]);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const kx = Math.cos((((y0 + y1) / 2) * Math.PI) / 180);
  let best = { at: [(x0 + x1) / 2, (y0 + y1) / 2] as LonLat, depth: -1 };
  for (let i = 0; i < GRID; i++) {
    for (let j = 0; j < GRID; j++) {
      const x = x0 + ((i + 0.5) / GRID) * (x1 - x0);
      const y = y0 + ((j + 0.5) / GRID) * (y1 - y0);
      if (!insideRings(rings, x, y)) continue;
      const depth = distanceToRings(rings, x, y, kx);
      if (depth > best.depth) best = { at: [x, y], depth };
    }
  }
  return best;
}

export function labelPoint(g: Geometry | null): LonLat | null {
  if (!g) return null;
  if (g.type === 'Point') return g.coordinates;
  if (g.type === 'Polygon') return deepest(g.coordinates).at;
  if (g.type === 'MultiPolygon') {
    return g.coordinates.map(deepest).reduce((a, b) => (b.depth > a.depth ? b : a)).at;
  }
  const line = pointsOf(g);
  const first = line[0];
  const last = line.at(-1);
  if (!first || !last) return null;
  return line.length === 2 ? [(first[0] + last[0]) / 2, (first[1] + last[1]) / 2] : (line[Math.floor(line.length / 2)] as LonLat);
}

// Length of the shorter side of a feature's box, in metres: labels stay off what is too small for them.
export function shortSide_m(g: Geometry | null): number {
  const points = pointsOf(g);
  if (points.length < 2) return 0;
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => p[1]);
  const kx = Math.cos(((ys[0] ?? 0) * Math.PI) / 180);
  return Math.min((Math.max(...xs) - Math.min(...xs)) * kx, Math.max(...ys) - Math.min(...ys)) * M_PER_DEG;
}

// What a camera sees: a wedge from where it stands, clockwise from north.
export function viewWedge(at: LonLat, heading_deg: number, field_deg: number, range_m: number): Geometry {
  const ring: LonLat[] = [at];
  const kx = Math.cos((at[1] * Math.PI) / 180);
  const steps = 8;
  for (let i = 0; i <= steps; i++) {
    const a = ((heading_deg - field_deg / 2 + (field_deg * i) / steps) * Math.PI) / 180;
    ring.push([at[0] + (Math.sin(a) * range_m) / (M_PER_DEG * kx), at[1] + (Math.cos(a) * range_m) / M_PER_DEG]);
  }
  ring.push(at);
  return { type: 'Polygon', coordinates: [ring] };
}
