// The session's own clock in the browser: the last time the server told, run on at the session's speed.

import { computed, signal } from '@preact/signals';

// performance.now() stands still while the computer sleeps; then ages would be told too low. This one also runs as far as the
// computer's clock has run, and never back.
export function steadyClock(perf: () => number, date: () => number): () => number {
  const from_ms = date() - perf();
  let slept_ms = 0;
  return () => {
    const at_ms = perf();
    slept_ms = Math.max(slept_ms, date() - at_ms - from_ms);
    return at_ms + slept_ms;
  };
}
export const steady_ms = steadyClock(() => performance.now(), () => Date.now());

interface Base {
  at_ms: number;      // session time told
  heard_ms: number;   // steady_ms() when it was told
  speed: number;
  stopped: boolean;   // closed, or a past moment is shown
}

const base = signal<Base | null>(null);

export function sessionTime(b: Base, steady: number): number {
  return b.stopped ? b.at_ms : b.at_ms + (steady - b.heard_ms) * b.speed;
}

// Small corrections are not shown as jumps backwards: within a second and a half of session time the clock only waits.
export function setClock(at_ms: number, speed: number, stopped: boolean): void {
  base.value = { at_ms, heard_ms: steady_ms(), speed, stopped };
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
  wall_ms.value = steady_ms();
  const b = base.peek();
  if (b) now_ms.value = sessionTime(b, wall_ms.peek());
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
