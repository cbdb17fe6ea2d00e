// Minutes by event time: what /flow gave, kept going by the newest minute of each delta.

import type { Flow, Minute } from '../api/state';
import { msOf } from '../i18n/time';

export interface Line {
  in: number[];
  out: number[];
  revision: number[];
  final_count: number;
}

export interface FlowBook {
  from_ms: number;
  step_ms: number;
  lines: Map<string, Line>;
  inside: number[];
}

const MINUTES_MAX = 3 * 24 * 60; // no session is longer; a wild clock must not fill the memory

export function flowBookOf(flow: Flow): FlowBook {
  const lines = new Map<string, Line>();
  for (const c of flow.checkpoints) {
    lines.set(c.id, { in: [...c.in], out: [...c.out], revision: [...(c.revision ?? [])], final_count: c.final_count ?? 0 });
  }
  return { from_ms: msOf(flow.from), step_ms: (flow.step_s || 60) * 1000, lines, inside: [...(flow.inside ?? [])] };
}

function grow(values: number[], index: number): void {
  while (values.length <= index) values.push(0);
}

// Writes one minute into a checkpoint's line; false if it lies outside the book.
export function takeMinute(book: FlowBook, id: string, minute: Minute): boolean {
  const index = Math.floor((msOf(minute.at) - book.from_ms) / book.step_ms);
  if (!Number.isFinite(index) || index < 0 || index >= MINUTES_MAX) return false;
  let line = book.lines.get(id);
  if (!line) {
    line = { in: [], out: [], revision: [], final_count: 0 };
    book.lines.set(id, line);
  }
  grow(line.in, index);
  grow(line.out, index);
  grow(line.revision, index);
  line.in[index] = minute.in;
  line.out[index] = minute.out;
  line.revision[index] = minute.revision;
  if (minute.final) line.final_count = Math.max(line.final_count, index + 1);
  return true;
}

export function takeInside(book: FlowBook, at_ms: number, ppl: number): void {
  const index = Math.floor((at_ms - book.from_ms) / book.step_ms);
  if (index < 0 || index >= MINUTES_MAX) return;
  const last = book.inside.at(-1) ?? 0;
  while (book.inside.length < index) book.inside.push(last);
  book.inside[index] = ppl;
}

// The last `count` minutes that are over at `now_ms`; a checkpoint that said nothing in them counted zero.
export function lastMinutes(book: FlowBook, values: number[], now_ms: number, count: number): number[] {
  const end = Math.floor((now_ms - book.from_ms) / book.step_ms);
  const first = Math.max(0, end - count);
  const out: number[] = [];
  for (let i = first; i < end; i++) out.push(values[i] ?? 0);
  return out;
}

export function sumLines(book: FlowBook, ids: Iterable<string>, pick: (line: Line) => number[]): number[] {
  const sum: number[] = [];
  for (const id of ids) {
    const line = book.lines.get(id);
    if (!line) continue;
    const values = pick(line);
    grow(sum, values.length - 1);
    for (let i = 0; i < values.length; i++) sum[i] = (sum[i] ?? 0) + (values[i] ?? 0);
  }
  return sum;
}
