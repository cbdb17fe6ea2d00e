// A state of the past is the fold of what was recorded up to that moment, whenever it is asked for.
import type { History } from '../history.ts';
import { Findings } from './verdict.ts';
import type { Verdict } from './verdict.ts';

// How many of the rising numbers lie below `t`, or up to it.
function below(rising: number[], t: number, including: boolean): number {
  let low = 0, high = rising.length;
  while (low < high) {
    const mid = (low + high) >> 1, x = rising[mid] ?? Infinity;
    if (including ? x <= t : x < t) low = mid + 1; else high = mid;
  }
  return low;
}

export function checkPast(h: History): Verdict {
  const found = new Findings('past'), rows = h.final?.journal ?? [];
  const all = rows.map((r) => Date.parse(r.recorded_at));
  const people = rows.filter((r) => r.kind === 'passage').map((r) => Date.parse(r.recorded_at));
  all.forEach((t, i) => found.holds(i === 0 || t >= (all[i - 1] ?? 0), () => `record ${i + 1} was recorded before record ${i}`));
  for (const op of h.ops) {
    if (op.f !== 'state' || op.counters === null || op.at === null) continue;
    const { at, n } = op, { records, passages } = op.counters;
    // Of that very moment there may have been more to come.
    found.holds(records >= below(all, at, false) && records <= below(all, at, true),
      () => `read ${n} of ${new Date(at).toISOString()}: ${records} records, the journal has ${below(all, at, true)} until then`);
    found.holds(passages >= below(people, at, false) && passages <= below(people, at, true),
      () => `read ${n} of ${new Date(at).toISOString()}: ${passages} passages, the journal has ${below(people, at, true)} until then`);
  }
  return found.verdict();
}
