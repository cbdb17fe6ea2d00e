// The map itself: MapLibre on the session's own GeoJSON. It follows the published state once a second and draws only what
// has changed; a new theme or language makes it anew at the same place.

import 'maplibre-gl/dist/maplibre-gl.css';
import { effect } from '@preact/signals';
import type { FeatureCollection } from 'geojson';
import { Map as MapLibre, setWorkerUrl, type GeoJSONSource, type MapMouseEvent } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { useEffect, useRef } from 'preact/hooks';
import { now_ms } from '../control/clock';
import { useRoom } from '../control/context';
import type { Room } from '../control/store';
import { fitMap, hiddenLayers, layout, level, mapWish, select, selected } from '../control/ui_state';
import { idOf, type Venue } from '../control/venue';
import { language, t } from '../i18n';
import { theme } from '../ui/theme';
import { darkMap, lightMap, type MapColors } from './density';
import {
  baseFeatures, chosenFeature, gateFeatures, labelPointOf, sourceFeatures, staticFeatures,
  zoneFeatures, zoneLabels, type Collection, type Look,
} from './features';
import { boundsOf } from './geometry';
import { MapTools } from './map_tools';
import { CLICKABLE, emptyStyle, FONTS, layersOf, type SourceName } from './style';
import { addSymbols } from './symbols';

setWorkerUrl(workerUrl);

const STAGES = ['precheck', 'ticket', 'security', 'exit', 'transfer'] as const;
const DRAW_EVERY_MS = 1000;

interface Place {
  center: [number, number];
  zoom: number;
}
let granted = 0; // the last wish that was followed: a map made anew must not follow it again
let lastPlace: { session: string; place: Place } | null = null;

// What the panels leave free of the map.
function freeSpace(box: HTMLElement): { top: number; bottom: number; left: number; right: number } {
  const here = box.getBoundingClientRect();
  const width = (selector: string): number => {
    const panel = layout.peek() === 'desk' ? document.querySelector(selector) : null;
    return panel ? panel.getBoundingClientRect().width + 12 : 0;
  };
  const margin = Math.min(40, here.width / 12);
  const covered = layout.peek() === 'tablet' ? 110 : 0; // the three numbers and the buttons of the drawers
  return { top: margin + covered, bottom: margin + 46, left: width('.panel-left') + margin, right: width('.panel-right') + margin };
}

class Drawing {
  private readonly shown = new Map<SourceName, string>();
  private ready = false;
  private timer = 0;
  private last = 0;
  readonly map: MapLibre;

  constructor(private readonly box: HTMLElement, private readonly room: Room, private readonly colors: MapColors) {
    const place = lastPlace?.session === room.id ? lastPlace.place : null;
    this.map = new MapLibre({
      container: box, style: emptyStyle(colors), attributionControl: false, localIdeographFontFamily: FONTS, maxZoom: 21, minZoom: 10,
      fadeDuration: 0, dragRotate: false, pitchWithRotate: false, touchPitch: false, locale: { 'Map.Title': t('map.label') },
      ...(place ?? { center: [0, 0], zoom: 15 }),
    });
    this.map.touchZoomRotate.disableRotation();
    if (!place) this.fit(false);
    this.map.on('load', () => this.start());
    this.map.on('click', (e) => this.click(e));
    this.map.on('mousemove', (e) => { this.map.getCanvas().style.cursor = this.hit(e) ? 'pointer' : ''; });
    this.map.on('moveend', () => {
      const c = this.map.getCenter();
      lastPlace = { session: room.id, place: { center: [c.lng, c.lat], zoom: this.map.getZoom() } };
    });
  }

  end(): void {
    window.clearTimeout(this.timer);
    this.map.remove();
  }

  fit(animate: boolean): void {
    const venue = this.room.venue.peek();
    if (!venue) return;
    const core = [...venue.of.zone.filter((z) => z.properties.use !== 'outside'), ...venue.of.checkpoint, ...venue.of.source];
    const bounds = boundsOf(core.length > 0 ? core : venue.plan.features) ?? venue.plan.bounds;
    if (bounds) this.map.fitBounds(bounds, { padding: freeSpace(this.box), animate, maxZoom: 19 });
  }

  flyTo(id: string): void {
    const f = this.room.venue.peek()?.feature.get(id);
    const at = f ? labelPointOf(f) : null;
    if (!at) return;
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    const space = freeSpace(this.box);
    this.map.easeTo({
      center: at, zoom: Math.max(17.6, this.map.getZoom()), duration: calm ? 0 : 500,
      offset: [(space.left - space.right) / 2, 0],
    });
  }

  // Draws soon, at most once a second; at once when a person asked for something.
  soon(now = false): void {
    if (!this.ready) return;
    if (now) {
      window.clearTimeout(this.timer);
      this.timer = 0;
      this.draw();
      return;
    }
    if (this.timer) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.draw();
    }, Math.max(0, DRAW_EVERY_MS - (performance.now() - this.last)));
  }

  showLayers(hidden: ReadonlySet<string>): void {
    if (!this.ready) return;
    for (const { of, layer } of layersOf(this.colors)) {
      this.map.setLayoutProperty(layer.id, 'visibility', of !== 'always' && hidden.has(of) ? 'none' : 'visible');
    }
  }

  private start(): void {
    addSymbols(this.map, this.colors, Object.fromEntries(STAGES.map((s) => [s, t(`stage.letter.${s}`)])));
    for (const { layer } of layersOf(this.colors)) this.map.addLayer(layer);
    this.ready = true;
    this.put('base', baseFeatures(this.room.base.peek()));
    this.showLayers(hiddenLayers.peek());
    this.draw();
    this.box.dataset.ready = 'true';
  }

  private put(name: SourceName, data: Collection): void {
    const text = JSON.stringify(data);
    if (this.shown.get(name) === text) return;
    this.shown.set(name, text);
    void this.map.getSource<GeoJSONSource>(name)?.setData(data as FeatureCollection);
  }

  private draw(): void {
    const venue = this.room.venue.peek();
    if (!venue) return;
    this.last = performance.now();
    const chosen = selected.peek()?.id ?? null;
    const look: Look = {
      venue, snapshot: this.room.shown.peek().snapshot, colors: this.colors,
      level: level.peek(), now_ms: now_ms.peek(),
    };
    this.put('static', staticFeatures(venue, look.level));
    this.put('zones', zoneFeatures(look));
    this.put('zone-labels', zoneLabels(look));
    this.put('gates', gateFeatures(look, chosen));
    this.put('sources', sourceFeatures(look));
    this.put('chosen', chosenFeature(venue, chosen));
  }

  private hit(e: MapMouseEvent): string | null {
    if (!this.ready) return null;
    const near: [[number, number], [number, number]] = [[e.point.x - 3, e.point.y - 3], [e.point.x + 3, e.point.y + 3]];
    const found = this.map.queryRenderedFeatures(near, { layers: CLICKABLE.filter((l) => this.map.getLayer(l) !== undefined) });
    found.sort((a, b) => CLICKABLE.indexOf(a.layer.id) - CLICKABLE.indexOf(b.layer.id));
    const id: unknown = found[0]?.properties.id;
    return typeof id === 'string' ? id : null;
  }

  private click(e: MapMouseEvent): void {
    const id = this.hit(e);
    const f = id === null ? undefined : this.room.venue.peek()?.feature.get(id);
    if (f) select(f.properties.kind, idOf(f));
    else selected.value = null;
  }
}

export function MapView() {
  const room = useRoom();
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const venue: Venue | null = room.venue.value;
  const look = `${theme.value} ${language.value}`;
  useEffect(() => {
    if (!box.current || !venue) return;
    const d = new Drawing(box.current, room, theme.peek() === 'dark' ? darkMap : lightMap);
    drawing.current = d;
    const stops = [
      effect(() => { void room.shown.value; void now_ms.value; d.soon(); }),
      effect(() => { void selected.value; void level.value; d.soon(true); }),
      effect(() => d.showLayers(hiddenLayers.value)),
      effect(() => {
        const wish = mapWish.value;
        if (wish.n === granted) return;
        granted = wish.n;
        if (wish.fit) d.fit(true);
        else if (wish.id !== null) d.flyTo(wish.id);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      d.end();
      drawing.current = null;
    };
  }, [venue, look]);
  const attribution = venue?.plan.cordon.attribution ?? '';
  return (
    <>
      <div ref={box} class="map-canvas" />
      <MapTools zoom={(by) => drawing.current?.map.zoomTo(drawing.current.map.getZoom() + by)} fit={fitMap} />
      {attribution !== '' && <p class="attribution">{attribution}</p>}
    </>
  );
}
