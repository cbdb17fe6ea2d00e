// The session's own clock in the browser: the last time the server told, run on at the session's speed.

import { computed, signal } from '@preact/signals';

interface Base {
  at_ms: number;      // session time told
  heard_ms: number;   // performance.now() when it was told
  speed: number;
  stopped: boolean;   // closed, or a past moment is shown
}

const base = signal<Base | null>(null);

export function sessionTime(b: Base, perf_ms: number): number {
  return b.stopped ? b.at_ms : b.at_ms + (perf_ms - b.heard_ms) * b.speed;
}

// Small corrections are not shown as jumps backwards: within a second and a half of session time the clock only waits.
export function setClock(at_ms: number, speed: number, stopped: boolean): void {
  base.value = { at_ms, heard_ms: performance.now(), speed, stopped };
  if (stopped || now_ms.peek() === 0 || Math.abs(at_ms - now_ms.peek()) > 1500 * Math.max(1, speed)) tickNow();
}

export function dropClock(): void {
  base.value = null;
}

// Whole page's "now" in session time, moving once a second; every age derives from it.
export const now_ms = signal(0);
export const wall_ms = signal(0);
export const now_s = computed(() => Math.floor(now_ms.value / 1000));

export function tickNow(): void {
  wall_ms.value = performance.now();
  const b = base.peek();
  if (b) now_ms.value = sessionTime(b, performance.now());
}

let timer = 0;
export function startTicking(): void {
  if (timer) return;
  tickNow();
  timer = window.setInterval(tickNow, 1000);
}

export function ageSeconds(heard_ms: number | null, at_ms: number): number | null {
  return heard_ms === null ? null : Math.max(0, Math.floor((at_ms - heard_ms) / 1000));
}
