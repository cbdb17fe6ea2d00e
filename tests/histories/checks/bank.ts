// The books balance in every state that anybody read or heard: the sum is zero, and what came into a zone less what went out
// is what is there.
import type { Counters, History } from '../history.ts';
import { Findings } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export interface Way {
  from: string;
  to: string;
}

// The zones that the checkpoints of this state lead to; undefined where one of `ways` is not in it (another plan).
export function balances(c: Counters, ways: Record<string, Way>): Record<string, number> | undefined {
  const sums: Record<string, number> = {};
  for (const [id, way] of Object.entries(ways)) {
    const n = c.checkpoints[id];
    if (n === undefined) return undefined;
    sums[way.from] = (sums[way.from] ?? 0) - n.in + n.out;
    sums[way.to] = (sums[way.to] ?? 0) + n.in - n.out;
  }
  return sums;
}

export function checkBank(h: History, ways: Record<string, Way>): Verdict {
  const found = new Findings('bank');
  const look = (c: Counters, who: () => string): void => {
    found.holds(c.sum === 0, () => `${who()}: the sum is ${c.sum}`);
    const sums = balances(c, ways);
    if (sums === undefined) return;
    for (const [zone, ppl] of Object.entries(c.zones)) {
      if (sums[zone] === undefined) continue;
      found.holds(sums[zone] === ppl, () => `${who()}: ${zone} holds ${ppl}, by its checkpoints ${sums[zone]}`);
    }
  };
  for (const op of h.ops) {
    if (op.f === 'state' && op.counters !== null) look(op.counters, () => `state read ${op.n}`);
    if (op.f === 'listen')
      for (const m of op.heard) if (m.counters !== null) look(m.counters, () => `${op.client} heard ${m.seq}`);
  }
  if (h.final !== null) {
    look(h.final.counters, () => 'the last state');
    look(h.final.again, () => 'the state after the last start');
  }
  return found.verdict();
}
