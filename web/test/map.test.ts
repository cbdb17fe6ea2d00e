import { describe, expect, it } from 'vitest';
import type { Geometry, PlanDocument } from '../src/api/plan';
import { snapshotOf } from '../src/control/fold';
import { venueOf } from '../src/control/venue';
import { language } from '../src/i18n';
import { msOf } from '../src/i18n/time';
import { darkMap, densityBand, fillBand, lightMap } from '../src/map/density';
import { gateFeatures, lanesText, zoneFeatures, zoneLabels, zoneText } from '../src/map/features';
import { boundsOf, labelPoint, viewWedge } from '../src/map/geometry';
import { layersOf } from '../src/map/style';
import css from '../src/styles/base.css?raw';
import { shapeOf } from '../src/ui/shape';
import { sparkPath } from '../src/ui/sparkline';
import { at, checkpoint, state, zone } from './sample';

const square = (x: number, y: number): Geometry => ({
  type: 'Polygon', coordinates: [[[x, y], [x + 0.001, y], [x + 0.001, y + 0.001], [x, y + 0.001], [x, y]]],
});
const plan: PlanDocument = {
  type: 'FeatureCollection', cordon: {},
  features: [
    { type: 'Feature', id: 'hold', geometry: square(113, 36), properties: { kind: 'zone', use: 'holding' } },
    { type: 'Feature', id: 'lost', geometry: square(113.002, 36), properties: { kind: 'zone', use: 'holding', level: 1 } },
    { type: 'Feature', id: 'g7', geometry: { type: 'Point', coordinates: [113.001, 36] }, properties: { kind: 'checkpoint', stage: 'security' } },
  ],
};
const look = (over: Parameters<typeof state>[0]) => ({
  venue: venueOf(plan), snapshot: snapshotOf(state(over)), colors: darkMap, level: null, now_ms: msOf(at('18:41')) + 94_000,
});

describe('density colours', () => {
  it('step where the sources say', () => {
    expect([0, 1.09, 1.1, 2.19, 2.2, 3.49, 3.5, 4.69, 4.7, 9].map(densityBand)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    expect([0, 24, 25, 50, 75, 100].map((n) => fillBand(n, 100))).toEqual([0, 0, 1, 2, 3, 3]);
    expect(fillBand(5, 0)).toBe(0);
  });
  it('are never used for what is not known', () => {
    language.value = 'en';
    const drawn = zoneFeatures(look({ zones: [zone('hold', { density_ppl_m2: 2.9, state: 'warning' }), zone('lost', { ppl: null, state: 'unknown' })] }));
    const [hold, lost] = drawn.features.map((f) => f.properties);
    expect(hold).toMatchObject({ color: darkMap.density[2], hatched: false });
    expect(lost).toMatchObject({ color: darkMap.zone, hatched: true });
  });
  it('keep their hatch when the number is only a lower bound', () => {
    const drawn = zoneFeatures(look({ zones: [zone('hold', { at_least: true })] }));
    expect(drawn.features[0]?.properties.hatched).toBe(true);
    expect(zoneText(plan.features[0]!, zone('hold', { at_least: true }))).toBe('≥ 120\n0.5 /m² C');
  });
  it('show one level alone when asked', () => {
    expect(zoneLabels({ ...look({}), level: 1 }).features.map((f) => f.properties.id)).toEqual(['lost']);
  });
});

describe('checkpoints on the map', () => {
  it('are hatched and say for how long when silent, never zero', () => {
    const silent = checkpoint('g7', { state: 'silent', in_ppl_min: null, devices_live: 0 });
    const p = gateFeatures(look({ checkpoints: [silent] }), null).features[0]?.properties;
    expect(p).toMatchObject({ icon: 'gate-hatch-security', text: 'silent 94 s' });
  });
  it('say "at least" while one of their devices is silent', () => {
    const p = gateFeatures(look({ checkpoints: [checkpoint('g7', { devices_live: 1 })] }), 'g7').features[0]?.properties;
    expect(p).toMatchObject({ icon: 'gate-circle-security', text: '≥ 50', chosen: true });
  });
  it('draw their lanes', () => {
    expect(lanesText(checkpoint('g7'))).toBe('■■□');
    expect(lanesText(undefined)).toBe('');
  });
  it('have a shape for every state', () => {
    expect(['normal', 'watch', 'warning', 'critical', 'unknown', 'silent', 'never'].map((s) => shapeOf(s as 'normal')))
      .toEqual(['circle', 'diamond', 'triangle', 'square', 'hatch', 'hatch', 'hatch']);
  });
});

describe('geometry', () => {
  it('puts a label inside a ring, not into its hole', () => {
    const ring: Geometry = {
      type: 'Polygon',
      coordinates: [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[2, 2], [8, 2], [8, 8], [2, 8], [2, 2]]],
    };
    const [x, y] = labelPoint(ring) ?? [5, 5];
    expect(x > 2 && x < 8 && y > 2 && y < 8).toBe(false);
  });
  it('finds the bounds of features', () => {
    expect(boundsOf(plan.features)).toEqual([113, 36, 113.003, 36.001]);
  });
  it('looks where the camera looks: clockwise from north', () => {
    const wedge = viewWedge([113, 36], 90, 60, 100);
    const ring = wedge.type === 'Polygon' ? wedge.coordinates[0] ?? [] : [];
    expect(ring.slice(1, -1).every(([x]) => x > 113)).toBe(true);
  });
  it('draws a line from zero', () => {
    expect(sparkPath([0, 10], 100, 20, 10)).toBe('M0.0 19.0L100.0 1.0');
    expect(sparkPath([5], 100, 20, 10)).toBe('');
  });
});

describe('the style', () => {
  it('names every layer once and asks nobody for glyphs or tiles', () => {
    for (const k of [darkMap, lightMap]) {
      const ids = layersOf(k).map((l) => l.layer.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(JSON.stringify(layersOf(k))).not.toContain('http');
    }
  });
});

function luminance(hex: string): number {
  const part = (i: number): number => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}
const contrast = (a: string, b: string): number => {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (hi + 0.05) / (lo + 0.05);
};

describe('the two themes', () => {
  const block = (head: string): Record<string, string> => {
    const body = css.slice(css.indexOf(head)).split('}')[0] ?? '';
    return Object.fromEntries([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((m) => [m[1] ?? '', m[2] ?? '']));
  };
  it('keep 4.5 to 1 for every text colour on every ground', () => {
    for (const theme of [block(':root {'), block(":root[data-theme='light']")]) {
      for (const text of ['text', 'muted', 'accent', 'watch', 'warning', 'critical']) {
        for (const ground of ['ground', 'panel', 'raised']) {
          expect(contrast(theme[text] ?? '', theme[ground] ?? ''), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
        }
      }
      expect(contrast(theme['on-accent'] ?? '', theme.accent ?? '')).toBeGreaterThanOrEqual(4.5);
    }
  });
});
