// The layers of the map, bottom to top, and to which switch each belongs. No glyphs, no sprite, no tiles: everything is
// drawn from the session's own files with the computer's own fonts.

import type { AddLayerObject, StyleSpecification } from 'maplibre-gl';
import type { LayerName } from '../control/ui_state';
import type { MapColors } from './density';

export const FONTS = "'Inter', 'Noto Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";
// MapLibre reads the weight from the first name of a stack and takes the rest as families of this computer.
const FAMILIES = ['Cordon Signs', 'Inter', 'Noto Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC'];
const REGULAR = ['Regular', ...FAMILIES];
const BOLD = ['Semibold', ...FAMILIES];

export const SOURCES = ['base', 'zones', 'zone-labels', 'gates', 'sources', 'static', 'chosen'] as const;
export type SourceName = (typeof SOURCES)[number];

export interface Layer {
  of: LayerName | 'always';
  layer: AddLayerObject;
}

const empty = { type: 'FeatureCollection' as const, features: [] };

export function emptyStyle(k: MapColors): StyleSpecification {
  const sources: StyleSpecification['sources'] = {};
  for (const name of SOURCES) sources[name] = { type: 'geojson', data: empty };
  return { version: 8, sources, layers: [{ id: 'ground', type: 'background', paint: { 'background-color': k.ground } }] };
}

type Filter = ['==' | '!=', ['get', string], string | number | boolean];
const is = (key: string, value: string | number | boolean): Filter => ['==', ['get', key], value];

function baseLayers(k: MapColors): AddLayerObject[] {
  const fill = (id: string, layer: string, color: string, line?: string): AddLayerObject => ({
    id, type: 'fill', source: 'base', filter: ['all', is('layer', layer), ['==', ['geometry-type'], 'Polygon']],
    paint: { 'fill-color': color, ...(line ? { 'fill-outline-color': line } : {}) },
  });
  const line = (id: string, layer: string, color: string, at15: number, at18: number, dash?: number[]): AddLayerObject => ({
    id, type: 'line', source: 'base', filter: ['all', is('layer', layer), ['!=', ['geometry-type'], 'Point']],
    layout: { 'line-cap': dash ? 'butt' : 'round', 'line-join': 'round' },
    paint: {
      'line-color': color, 'line-width': ['interpolate', ['exponential', 2], ['zoom'], 14, at15 / 2, 18, at18],
      ...(dash ? { 'line-dasharray': dash } : {}),
    },
  });
  return [
    fill('base-green', 'green', k.green), fill('base-water', 'water', k.water), fill('base-pitch', 'pitch', k.pitch),
    fill('base-parking', 'parking', k.road), fill('base-road-area', 'road', k.road), fill('base-foot-area', 'footway', k.path),
    line('base-footway', 'footway', k.path, 1.5, 9), line('base-steps', 'steps', k.path, 1.5, 9, [0.4, 0.3]),
    line('base-road', 'road', k.road, 6, 44), line('base-rail', 'rail', k.line, 1, 3, [3, 2]),
    fill('base-building', 'building', k.building, k.buildingLine), line('base-barrier', 'barrier', k.line, 0.6, 1.5),
  ];
}

function zoneLayers(k: MapColors): AddLayerObject[] {
  return [
    { id: 'zone-fill', type: 'fill', source: 'zones', paint: { 'fill-color': ['get', 'color'], 'fill-opacity': 0.92 } },
    {
      id: 'zone-hatch', type: 'fill', source: 'zones', filter: is('hatched', true),
      paint: { 'fill-pattern': 'hatch', 'fill-opacity': 0.75 },
    },
    {
      id: 'zone-line', type: 'line', source: 'zones',
      paint: { 'line-color': ['get', 'line'], 'line-width': ['case', ['get', 'heavy'], 2.5, 1] },
    },
    { id: 'chosen-line', type: 'line', source: 'chosen', paint: { 'line-color': k.accent, 'line-width': 3 } },
    {
      id: 'chosen-point', type: 'circle', source: 'chosen', filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-radius': 18, 'circle-opacity': 0, 'circle-stroke-color': k.accent, 'circle-stroke-width': 2.5 },
    },
  ];
}

function staticLayers(k: MapColors): Layer[] {
  const ofKind = (kind: string): Filter => is('kind', kind);
  return [
    {
      of: 'routes', layer: {
        id: 'link', type: 'line', source: 'static', filter: ofKind('link'),
        paint: { 'line-color': k.muted, 'line-width': 1.5, 'line-dasharray': [1, 2], 'line-opacity': 0.7 },
      },
    },
    {
      of: 'routes', layer: {
        id: 'route', type: 'line', source: 'static', filter: ofKind('route'), layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: {
          'line-color': ['match', ['get', 'form'], 'evacuation', k.watch, 'egress', k.muted, k.accent],
          'line-width': ['interpolate', ['linear'], ['zoom'], 15, 1, 18, 4],
          'line-opacity': ['interpolate', ['linear'], ['zoom'], 16, 0.28, 17.5, 0.5],
        },
      },
    },
    {
      of: 'barriers', layer: {
        id: 'barrier', type: 'line', source: 'static', filter: ofKind('barrier'),
        paint: { 'line-color': k.muted, 'line-width': ['interpolate', ['linear'], ['zoom'], 15, 0.4, 18, 1.8], 'line-opacity': 0.7 },
      },
    },
    {
      of: 'cameras', layer: {
        id: 'view', type: 'fill', source: 'static', filter: ofKind('view'),
        paint: {
          'fill-color': k.accent, 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 16.4, 0.05, 17.5, 0.12],
        },
      },
    },
    {
      of: 'cameras', layer: {
        id: 'camera', type: 'symbol', source: 'static', filter: ofKind('camera'),
        layout: {
          'icon-image': 'camera', 'icon-allow-overlap': true,
          'icon-size': ['interpolate', ['linear'], ['zoom'], 15.5, 0.4, 17.5, 1],
        },
      },
    },
    {
      of: 'posts', layer: {
        id: 'post', type: 'symbol', source: 'static',
        filter: ['all', ['any', ofKind('post'), ofKind('asset')], ['==', ['geometry-type'], 'Point']],
        minzoom: 16.6,
        layout: {
          'icon-image': ['get', 'icon'], 'icon-allow-overlap': false,
          'icon-size': ['interpolate', ['linear'], ['zoom'], 16.6, 0.75, 18, 1],
          'text-field': ['step', ['zoom'], '', 18, ['get', 'name']],
          'text-font': REGULAR, 'text-size': 11, 'text-offset': [0, 1], 'text-anchor': 'top', 'text-optional': true, 'symbol-sort-key': 20,
        },
        paint: { 'text-color': k.muted, 'text-halo-color': k.halo, 'text-halo-width': 1.2 },
      },
    },
  ];
}

function labelLayers(k: MapColors): Layer[] {
  const halo = { 'text-halo-color': k.halo, 'text-halo-width': 1.4 };
  return [
    {
      of: 'base', layer: {
        id: 'base-name', type: 'symbol', source: 'base', minzoom: 14.5,
        filter: ['all', ['!=', ['get', 'name'], ''], ['==', ['geometry-type'], 'Point']],
        layout: { 'text-field': ['get', 'name'], 'text-font': REGULAR, 'text-size': 11.5, 'text-max-width': 8 },
        paint: { 'text-color': k.muted, ...halo },
      },
    },
    {
      of: 'base', layer: {
        id: 'base-road-name', type: 'symbol', source: 'base', minzoom: 14.5,
        filter: ['all', ['!=', ['get', 'name'], ''], ['==', ['geometry-type'], 'LineString']],
        layout: {
          'symbol-placement': 'line', 'text-field': ['get', 'name'], 'text-font': REGULAR,
          'text-size': 11.5, 'symbol-spacing': 420,
        },
        paint: { 'text-color': k.muted, ...halo },
      },
    },
    {
      of: 'zones', layer: {
        id: 'zone-name', type: 'symbol', source: 'zone-labels', minzoom: 16.8,
        layout: {
          'text-field': ['get', 'name'], 'text-font': REGULAR, 'text-size': 11.5, 'text-anchor': 'bottom', 'text-offset': [0, -1.5],
          'symbol-sort-key': ['+', 10, ['get', 'rank']], 'text-max-width': 9,
        },
        paint: { 'text-color': k.text, ...halo },
      },
    },
    {
      of: 'zones', layer: {
        id: 'zone-text', type: 'symbol', source: 'zone-labels', filter: ['!=', ['get', 'text'], ''],
        layout: {
          'text-field': [
            'step', ['zoom'],
            ['case', ['all', ['==', ['get', 'rank'], 0], ['<=', ['get', 'wide_m'], 45]], '', ['get', 'calm']],
            17.2, ['get', 'text'],
          ],
          'text-font': BOLD, 'text-line-height': 1.25,
          'text-size': ['interpolate', ['linear'], ['zoom'], 15, 11, 16.5, ['case', ['>', ['get', 'wide_m'], 45], 16, 12.5]],
          'symbol-sort-key': ['get', 'rank'], 'text-padding': 1,
        },
        paint: { 'text-color': k.text, ...halo },
      },
    },
    {
      of: 'sources', layer: {
        id: 'source-dot', type: 'circle', source: 'sources',
        paint: { 'circle-radius': 4.5, 'circle-color': k.accent, 'circle-stroke-color': k.panel, 'circle-stroke-width': 1.5 },
      },
    },
    {
      of: 'sources', layer: {
        id: 'source', type: 'symbol', source: 'sources',
        layout: {
          'text-field': ['get', 'text'], 'text-font': REGULAR, 'text-size': 12, 'text-line-height': 1.35, 'text-max-width': 14,
          'icon-image': 'box', 'icon-text-fit': 'both', 'icon-text-fit-padding': [2, 6, 2, 6],
          'text-variable-anchor': ['center', 'bottom', 'top', 'left', 'right'],
          'text-radial-offset': 0.9, 'symbol-sort-key': ['get', 'rank'],
        },
        paint: { 'text-color': k.text },
      },
    },
  ];
}

function gateLayers(k: MapColors): Layer[] {
  const halo = { 'text-halo-color': k.halo, 'text-halo-width': 1.6 };
  return [
    {
      of: 'checkpoints', layer: {
        id: 'gate-line', type: 'line', source: 'gates', filter: ['==', ['geometry-type'], 'LineString'],
        paint: { 'line-color': k.text, 'line-width': 2.5, 'line-opacity': 0.8 },
      },
    },
    {
      of: 'checkpoints', layer: {
        id: 'gate-text', type: 'symbol', source: 'gates', filter: ['all', ['==', ['geometry-type'], 'Point'], ['!=', ['get', 'text'], '']],
        layout: {
          'text-field': ['step', ['zoom'], ['case', ['get', 'minor'], '', ['get', 'text']], 17.2, ['get', 'text']],
          'text-font': BOLD, 'text-size': 12.5,
          'text-padding': 1, 'text-variable-anchor': ['left', 'right', 'bottom', 'top'], 'text-radial-offset': 1.1, 'text-justify': 'auto',
          'symbol-sort-key': ['get', 'rank'],
        },
        paint: { 'text-color': k.text, ...halo },
      },
    },
    {
      of: 'checkpoints', layer: {
        id: 'gate-dot', type: 'circle', source: 'gates', maxzoom: 17.2,
        filter: ['all', ['==', ['geometry-type'], 'Point'], is('minor', true)],
        paint: {
          'circle-color': k.panel, 'circle-stroke-color': k.muted, 'circle-stroke-width': 1.4,
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 15, 2, 17, 4],
        },
      },
    },
    {
      of: 'checkpoints', layer: {
        id: 'gate', type: 'symbol', source: 'gates', filter: ['==', ['geometry-type'], 'Point'],
        layout: {
          'icon-image': ['step', ['zoom'], ['case', ['get', 'minor'], '', ['get', 'icon']], 17.2, ['get', 'icon']],
          'icon-allow-overlap': true, 'icon-padding': 0,
          'icon-size': [
            'interpolate', ['linear'], ['zoom'],
            14.5, 0.45, 16.2, ['case', ['get', 'resting'], 0.6, 0.8],
            17.2, ['case', ['get', 'resting'], 0.7, 1],
          ],
          'symbol-sort-key': ['get', 'rank'],
        },
        paint: { 'icon-opacity': ['case', ['get', 'resting'], 0.75, 1] },
      },
    },
    {
      of: 'checkpoints', layer: {
        id: 'gate-lanes', type: 'symbol', source: 'gates', minzoom: 17.3,
        filter: ['all', ['==', ['geometry-type'], 'Point'], ['!=', ['get', 'lanes'], '']],
        layout: {
          'text-field': ['get', 'lanes'], 'text-font': REGULAR, 'text-size': 9,
          'text-anchor': 'top', 'text-offset': [0, 1.8], 'text-max-width': 30, 'text-letter-spacing': 0.05,
        },
        paint: { 'text-color': k.text, ...halo },
      },
    },
    {
      of: 'checkpoints', layer: {
        id: 'gate-chosen', type: 'symbol', source: 'gates', filter: ['all', ['==', ['geometry-type'], 'Point'], is('chosen', true)],
        layout: {
          'text-field': ['concat', ['get', 'name'], '\n', ['get', 'lanes']],
          'text-font': BOLD, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 1.8],
          'text-allow-overlap': true, 'text-max-width': 30,
        },
        paint: { 'text-color': k.text, ...halo },
      },
    },
  ];
}

// Zones that need a person say so before anything else is placed.
function loudLayers(k: MapColors): Layer[] {
  return [{
    of: 'zones', layer: {
      id: 'zone-loud', type: 'symbol', source: 'zone-labels', maxzoom: 17.2,
      filter: ['all', is('rank', 0), ['<=', ['get', 'wide_m'], 45], ['!=', ['get', 'short'], '']],
      layout: { 'text-field': ['get', 'short'], 'text-font': BOLD, 'text-size': 12, 'text-padding': 0, 'text-allow-overlap': true },
      paint: { 'text-color': k.text, 'text-halo-color': k.halo, 'text-halo-width': 1.6 },
    },
  }];
}

export function layersOf(k: MapColors): Layer[] {
  const base: Layer[] = baseLayers(k).map((layer) => ({ of: 'base', layer }));
  const zones: Layer[] = zoneLayers(k).map((layer) => ({ of: layer.id.startsWith('chosen') ? 'always' : 'zones', layer }));
  return [...base, ...zones, ...staticLayers(k), ...labelLayers(k), ...gateLayers(k), ...loudLayers(k)];
}

export const CLICKABLE: readonly string[] = [
  'gate', 'gate-dot', 'gate-text', 'source', 'source-dot',
  'camera', 'post', 'zone-text', 'zone-fill', 'route', 'barrier',
];
