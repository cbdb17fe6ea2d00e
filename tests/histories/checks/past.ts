// A state of the past is the fold of what was recorded up to that moment, whenever it is asked for.
import type { History } from '../history.ts';
import { Findings } from './verdict.ts';
import type { Verdict } from './verdict.ts';

// How many of the rising numbers lie below `t`, or up to it.
function below(rising: number[], t: number, including: boolean): number {
  let low = 0,
    high = rising.length;
  while (low < high) {
    const mid = (low + high) >> 1,
      x = rising[mid] ?? Infinity;
    if (including ? x <= t : x < t) low = mid + 1;
    else high = mid;
  }
  return low;
}

// A commit whose sync failed was refused, and is not seen in that life; what of it the kernel kept the next start finds, with
// its time. Of such lives: how many records there were to be seen in them.
function seenInFailed(h: History): Map<number, number> {
  const failed = new Set(h.ops.filter((op) => op.code === 'store.write').map((op) => op.life)),
    seen = new Map<number, number>();
  for (const op of h.ops) {
    if (op.f === 'state' && op.at === null && op.counters !== null && failed.has(op.life)) {
      seen.set(op.life, Math.max(seen.get(op.life) ?? 0, op.counters.records));
    }
  }
  return seen;
}

// The most records that a live read had shown which was over before each of the reads began.
function shownBefore(h: History): (t0: number) => number {
  const ended: number[] = [],
    most: number[] = [];
  const live = h.ops.flatMap((op) => (op.f === 'state' && op.at === null && op.counters !== null ? [op] : []));
  for (const op of live.sort((a, b) => a.t1 - b.t1)) {
    ended.push(op.t1);
    most.push(Math.max(most.at(-1) ?? 0, op.counters?.records ?? 0));
  }
  return (t0) => most[below(ended, t0, false) - 1] ?? 0;
}

export function checkPast(h: History): Verdict {
  const found = new Findings('past'),
    rows = h.final?.journal ?? [];
  const all = rows.map((r) => Date.parse(r.recorded_at)),
    seen = seenInFailed(h),
    shown = shownBefore(h);
  const passages = [0]; // among the first n records
  for (const r of rows) passages.push((passages.at(-1) ?? 0) + (r.kind === 'passage' ? 1 : 0));
  all.forEach((t, i) =>
    found.holds(i === 0 || t >= (all[i - 1] ?? 0), () => `record ${i + 1} was recorded before record ${i}`),
  );
  for (const op of h.ops) {
    if (op.f !== 'state' || op.counters === null || op.at === null) continue;
    // Of that very moment there may have been more to come; unless somebody had seen all of it before.
    const { at, n, counters } = op;
    const most = below(all, at, true),
      seenAll = shown(op.t0) >= most;
    const least = Math.min(seenAll ? most : below(all, at, false), seen.get(op.life) ?? Infinity);
    found.holds(
      counters.records >= least && counters.records <= most,
      () =>
        `read ${n} of ${new Date(at).toISOString()}: ${counters.records} records, the journal has ${most} until then`,
    );
    found.holds(
      counters.passages === passages[counters.records],
      () =>
        `read ${n}: ${counters.passages} passages in ${counters.records} records, the journal has ${passages[counters.records]}`,
    );
  }
  return found.verdict();
}
