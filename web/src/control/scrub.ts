// The evening as a line: times to pixels and back, steps of the keyboard, and the marks on the axis.

import { MINUTE_MS } from '../i18n/time';

export interface Span {
  from_ms: number;
  to_ms: number;
}

export function spanOf(doors_ms: number | null, start_ms: number | null, end_ms: number | null, now: number, first: number): Span {
  const open = doors_ms ?? start_ms ?? now;
  const from = Math.min(open - 15 * MINUTE_MS, Math.max(first, open - 120 * MINUTE_MS));
  const last = end_ms ?? (start_ms ?? open) + 180 * MINUTE_MS;
  return { from_ms: from, to_ms: Math.max(last + 10 * MINUTE_MS, Math.min(now, last + 360 * MINUTE_MS)) };
}

export function xOf(span: Span, width: number, at_ms: number): number {
  return ((at_ms - span.from_ms) / (span.to_ms - span.from_ms)) * width;
}

export function timeAt(span: Span, width: number, x: number): number {
  const share = Math.min(1, Math.max(0, x / Math.max(1, width)));
  return span.from_ms + share * (span.to_ms - span.from_ms);
}

export type Step = { to: 'live' } | { to: 'past'; at_ms: number };

// A moment that cannot be shown becomes the nearest that can; the present is live.
export function settle(at_ms: number, first_ms: number, live_ms: number): Step {
  if (at_ms >= live_ms - 1000) return { to: 'live' };
  return { to: 'past', at_ms: Math.max(first_ms, Math.round(at_ms / 1000) * 1000) };
}

export function keyStep(key: string, shift: boolean, shown_ms: number, first_ms: number, live_ms: number): Step | null {
  const minutes = shift ? 10 : 1;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return settle(shown_ms - minutes * MINUTE_MS, first_ms, live_ms);
    case 'ArrowRight':
    case 'ArrowUp':
      return settle(shown_ms + minutes * MINUTE_MS, first_ms, live_ms);
    case 'PageDown':
      return settle(shown_ms - 10 * MINUTE_MS, first_ms, live_ms);
    case 'PageUp':
      return settle(shown_ms + 10 * MINUTE_MS, first_ms, live_ms);
    case 'Home':
      return settle(first_ms, first_ms, live_ms);
    case 'End':
      return { to: 'live' };
    default:
      return null;
  }
}

// Whole quarter, half or full hours so that labels keep at least `least_px` between them.
export function axisMarks(span: Span, width: number, least_px: number, offset_min: number): number[] {
  const steps = [15, 30, 60, 120, 240, 720].map((m) => m * MINUTE_MS);
  const perMs = width / (span.to_ms - span.from_ms);
  const step = steps.find((s) => s * perMs >= least_px) ?? 1440 * MINUTE_MS;
  const off = offset_min * MINUTE_MS;
  const marks: number[] = [];
  for (let at = Math.ceil((span.from_ms + off) / step) * step - off; at <= span.to_ms; at += step) marks.push(at);
  return marks;
}
