// The evening as a line: what the plan expected dashed, what came solid, the people inside above it. It is also the
// scrubber: a click, a drag or the arrow keys go back to a moment; "Live" returns.

import { useComputed } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { people } from '../i18n/number';
import { hhmm, hhmmss, MINUTE_MS } from '../i18n/time';
import { now_ms, now_s } from './clock';
import { useRoom } from './context';
import type { FlowBook } from './flow';
import { smooth } from '../ui/sparkline';
import { axisMarks, keyStep, settle, spanOf, timeAt, xOf, type Span, type Step } from './scrub';
import { plannedPerMinute, type Venue } from './venue';

const AXIS_H = 18;

export function enteringPerMinute(book: FlowBook, entering: ReadonlyMap<string, 1 | -1>): number[] {
  const sum: number[] = [];
  for (const [id, way] of entering) {
    const line = book.lines.get(id);
    if (!line) continue;
    const values = way === 1 ? line.in : line.out;
    for (let i = 0; i < values.length; i++) sum[i] = (sum[i] ?? 0) + (values[i] ?? 0);
  }
  return sum;
}

interface Curves {
  planned: string;
  actual: string;
  inside: string;
  actualLast: number;
  unit: number;
}

function pathOf(points: [number, number][]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

function curvesOf(venue: Venue, book: FlowBook | null, span: Span, w: number, h: number, until_ms: number): Curves {
  const planned: [number, number][] = [];
  for (let at = span.from_ms; at <= span.to_ms; at += 2 * MINUTE_MS) {
    planned.push([at, plannedPerMinute(venue.curve, venue.expected_ppl, at)]);
  }
  const actual = book ? smooth(enteringPerMinute(book, venue.entering)) : [];
  const unit = Math.max(20, ...planned.map((p) => p[1]), ...actual) * 1.08;
  const crowd = Math.max(venue.approved_ppl, 1, ...(book?.inside ?? [])) * 1.04;
  const y = (n: number, top: number): number => h - (Math.min(top, n) / top) * (h - 6);
  const shown: [number, number][] = [];
  const inside: [number, number][] = [];
  let last = span.from_ms;
  if (book) {
    const end = Math.floor((until_ms - book.from_ms) / book.step_ms);
    for (let i = 0; i < end; i++) {
      const at = book.from_ms + (i + 0.5) * book.step_ms;
      if (at < span.from_ms || at > span.to_ms) continue;
      shown.push([xOf(span, w, at), y(actual[i] ?? 0, unit)]);
      inside.push([xOf(span, w, at), y(book.inside[i] ?? book.inside.at(-1) ?? 0, crowd)]);
      last = at;
    }
  }
  return {
    planned: pathOf(planned.map(([at, n]) => [xOf(span, w, at), y(n, unit)])),
    actual: pathOf(shown),
    inside: pathOf(inside),
    actualLast: xOf(span, w, last),
    unit,
  };
}

function useWidth(): [(e: HTMLDivElement | null) => void, number] {
  const [width, setWidth] = useState(800);
  const [box, setBox] = useState<HTMLDivElement | null>(null);
  useEffect(() => {
    if (!box) return;
    const watch = new ResizeObserver(() => setWidth(Math.max(120, Math.round(box.clientWidth))));
    watch.observe(box);
    setWidth(Math.max(120, Math.round(box.clientWidth)));
    return () => watch.disconnect();
  }, [box]);
  return [setBox, width];
}

function Line({ venue, span, width, height, shown_ms }: { venue: Venue; span: Span; width: number; height: number; shown_ms: number }) {
  const room = useRoom();
  const minute = useComputed(() => Math.floor(now_ms.value / MINUTE_MS));
  const { book } = room.flow.value;
  const until = Math.min(shown_ms, minute.value * MINUTE_MS + MINUTE_MS);
  const c = curvesOf(venue, book, span, width, height, until);
  const marks = axisMarks(span, width, 76, venue.offset_min);
  const phases = [
    { at: venue.doors_ms, word: t('phase.doors') },
    { at: venue.start_ms, word: t('phase.start') },
    { at: venue.end_ms, word: t('phase.end') },
  ].flatMap((p) => (p.at === null ? [] : [{ at: p.at, word: p.word }]));
  const x = (at: number): number => xOf(span, width, at);
  const area = `${c.actual}L${c.actualLast} ${height}L${x(Math.max(span.from_ms, book?.from_ms ?? 0))} ${height}Z`;
  return (
    <svg class="evening-svg" width={width} height={height + AXIS_H} viewBox={`0 0 ${width} ${height + AXIS_H}`} aria-hidden="true">
      {phases.map((p) => <path key={p.word} class="phase-line" d={`M${x(p.at)} 0V${height}`} />)}
      <path class="planned" d={c.planned} />
      {c.actual !== '' && <path class="actual-area" d={area} />}
      <path class="actual" d={c.actual} />
      <path class="inside-line" d={c.inside} />
      <path class="axis" d={`M0 ${height}H${width}`} />
      {phases.map((p) => {
        const right = x(p.at) > width - 60;
        return (
          <text key={p.word} class="phase-word" x={x(p.at) + (right ? -4 : 4)} y={11}
            text-anchor={right ? 'end' : 'start'}>{p.word}</text>
        );
      })}
      {marks.map((at) => {
        const px = x(at);
        if (px < 16 || px > width - 16) return null;
        return <text key={at} class="axis-word" x={px} y={height + 14} text-anchor="middle">{hhmm(at, venue.offset_min)}</text>;
      })}
    </svg>
  );
}

function Scrubber({ venue, height }: { venue: Venue; height: number }) {
  const room = useRoom();
  const [setBox, width] = useWidth();
  const dragging = useRef(false);
  const [hover, setHover] = useState<number | null>(null);
  const { book } = room.flow.value;
  const view = room.view.value;
  const live = room.liveNow() ?? now_ms.peek();
  const span = spanOf(venue.doors_ms, venue.start_ms, venue.end_ms, live, book?.from_ms ?? Infinity);
  const first = Math.max(span.from_ms, Math.min(book?.from_ms ?? span.from_ms, live));
  const shown = view.kind === 'past' ? view.at_ms : Math.max(now_s.value * 1000, first);
  const take = (step: Step | null): void => {
    if (!step) return;
    if (step.to === 'live') room.goLive();
    else room.goTo(step.at_ms);
  };
  const point = (e: PointerEvent & { currentTarget: HTMLDivElement }): number =>
    timeAt(span, width, e.clientX - e.currentTarget.getBoundingClientRect().left);
  const inside = room.inside.value?.ppl;
  const spoken = view.kind === 'live'
    ? t('evening.value_live', { at: hhmm(shown, venue.offset_min) })
    : t('evening.value', { at: hhmmss(shown, venue.offset_min), inside: inside == null ? '—' : people(inside) });
  const x = Math.min(width, Math.max(0, xOf(span, width, shown)));
  return (
    <div
      ref={setBox} class="scrubber" role="slider" tabIndex={0} aria-label={t('evening.scrub')} title={t('evening.keys')}
      aria-valuemin={Math.round(first / 1000)} aria-valuemax={Math.round(live / 1000)}
      aria-valuenow={Math.round(Math.min(live, Math.max(first, shown)) / 1000)} aria-valuetext={spoken}
      onKeyDown={(e) => {
        const step = e.ctrlKey || e.metaKey || e.altKey ? null : keyStep(e.key, e.shiftKey, shown, first, live);
        if (step) { e.preventDefault(); take(step); }
      }}
      onPointerDown={(e) => {
        if (e.button !== 0) return;
        dragging.current = true;
        e.currentTarget.setPointerCapture(e.pointerId);
        take(settle(point(e), first, live));
      }}
      onPointerMove={(e) => {
        setHover(point(e));
        if (dragging.current) take(settle(point(e), first, live));
      }}
      onPointerUp={() => { dragging.current = false; }}
      onPointerCancel={() => { dragging.current = false; }}
      onPointerLeave={() => setHover(null)}
    >
      <Line venue={venue} span={span} width={width} height={height} shown_ms={shown} />
      {hover !== null && hover < live && (
        <div class="hover-line" style={{ left: `${xOf(span, width, hover)}px` }}><span>{hhmm(hover, venue.offset_min)}</span></div>
      )}
      <div class={`needle ${view.kind === 'past' ? 'needle-past' : ''}`} style={{ left: `${x}px` }} />
    </div>
  );
}

export function Evening({ height }: { height: number }) {
  const room = useRoom();
  const venue = room.venue.value;
  const past = room.view.value.kind === 'past';
  const back = (): void => {
    const view = room.view.peek();
    const from = view.kind === 'past' ? view.at_ms : room.liveNow() ?? now_ms.peek();
    room.goTo(from - 10 * MINUTE_MS);
  };
  return (
    <>
      <div class="evening-key">
        <h2 class="visually-hidden">{t('panel.evening')}</h2>
        <span class="key-actual">{t('evening.actual')}</span>
        <span class="key-planned">{t('evening.planned')}</span>
        <span class="key-inside">{t('evening.inside')}</span>
        <span class="muted">{t('evening.unit')}</span>
      </div>
      {venue ? <Scrubber venue={venue} height={height} /> : <div class="scrubber" />}
      <div class="evening-buttons">
        <button type="button" class={`button ${past ? 'button-main' : 'button-on'}`} aria-pressed={!past} onClick={() => room.goLive()}>
          <i class="live-dot" aria-hidden="true" />{t('evening.live')}
        </button>
        <button type="button" class="button" onClick={back}>{t('evening.back')}</button>
      </div>
    </>
  );
}
