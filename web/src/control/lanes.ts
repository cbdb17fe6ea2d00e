// Which closed lanes an advice means: at the stage's checkpoints, where the open lanes work hardest first.

import type { CheckpointState } from '../api/state';

export interface LanePick {
  checkpoint: string;
  lanes: string[];
}

function load(c: CheckpointState): number {
  return c.capacity_ppl_min ? (c.in_ppl_min ?? 0) / c.capacity_ppl_min : 0;
}

export function pickLanes(checkpoints: CheckpointState[], count: number): LanePick[] {
  const picks = new Map<string, string[]>();
  const open = checkpoints
    .map((c) => ({ c, closed: c.lane.filter((l) => !l.open).map((l) => l.id) }))
    .filter((x) => x.closed.length > 0)
    .sort((a, b) => load(b.c) - load(a.c) || a.c.id.localeCompare(b.c.id));
  // One lane at each in turn: help is spread where the load is, not heaped on one gate.
  for (let left = count; left > 0;) {
    let gave = false;
    for (const x of open) {
      const lane = left > 0 ? x.closed.shift() : undefined;
      if (lane === undefined) continue;
      picks.set(x.c.id, [...(picks.get(x.c.id) ?? []), lane]);
      left--;
      gave = true;
    }
    if (!gave) break;
  }
  return [...picks].map(([checkpoint, lanes]) => ({ checkpoint, lanes }));
}
