// What a checker says, and what the checkers share: what became of each line that was ever sent.
import { contentOf, identityOf } from '../history.ts';
import type { History, JournalRow, Line, Send } from '../history.ts';

export interface Verdict {
  name: string;
  checked: number;
  wrong: string[];
}
export type Checker = (h: History) => Verdict;

const TOLD_MAX = 20;
export class Findings {
  checked = 0;
  readonly wrong: string[] = [];
  private more = 0;

  constructor(readonly name: string) {}

  // One thing was checked; `what` is made only if it is wrong.
  holds(good: boolean, what: () => string): void {
    this.checked++;
    if (good) return;
    if (this.wrong.length < TOLD_MAX) this.wrong.push(`${this.name}: ${what()}`);
    else this.more++;
  }

  verdict(): Verdict {
    return {
      name: this.name,
      checked: this.checked,
      wrong: this.more > 0 ? [...this.wrong, `${this.name}: and ${this.more} more`] : this.wrong,
    };
  }
}

// accepted, duplicate: said so of exactly this line. present: one of the two. conflict: kept aside. taken: PUBACK, which is
// one of the four. refused: not taken, and said so. failed: the whole request had no effect. later: the disk
// failed; nothing of it counts in this life, but what the kernel kept may be found by the next. lost: nobody knows.
export type Fate =
  'accepted' | 'duplicate' | 'present' | 'conflict' | 'taken' | 'refused' | 'failed' | 'later' | 'lost';
export interface Attempt {
  identity: string;
  content: string;
  line: Line;
  op: Send;
  fate: Fate;
}

function fateOf(op: Send, refused: string | undefined): Fate {
  if (op.phase === 'fail') return op.code === 'store.write' ? 'later' : 'failed';
  if (op.phase !== 'ok') return 'lost';
  if (refused !== undefined) return refused === 'passage.conflict' ? 'conflict' : 'refused';
  if (op.via === 'mqtt') return 'taken';
  return op.duplicate === 0 ? 'accepted' : op.accepted === 0 ? 'duplicate' : 'present';
}

const known = new WeakMap<History, Map<string, Attempt[]>>();
export function attemptsOf(h: History): Map<string, Attempt[]> {
  const before = known.get(h);
  if (before !== undefined) return before;
  const all = new Map<string, Attempt[]>();
  for (const op of h.ops) {
    if (op.f !== 'send') continue;
    const refused = new Map(op.refused.map((r) => [r.line, r.code]));
    op.lines.forEach((line, i) => {
      const identity = identityOf(line);
      const list = all.get(identity);
      const attempt = { identity, content: contentOf(line), line, op, fate: fateOf(op, refused.get(i + 1)) };
      if (list === undefined) all.set(identity, [attempt]);
      else list.push(attempt);
    });
  }
  known.set(h, all);
  return all;
}

export const settles = (f: Fate): boolean =>
  f === 'accepted' || f === 'duplicate' || f === 'present' || f === 'conflict' || f === 'taken';
export const mayCount = (f: Fate): boolean => settles(f) || f === 'lost' || f === 'later';

export function lineOfRow(r: JournalRow): Line {
  return {
    device: r.device ?? '',
    boot: r.boot ?? 0,
    seq: r.seq ?? 0,
    checkpoint: r.checkpoint ?? '',
    at: Date.parse(r.at ?? ''),
    in: r.in ?? r.in_total ?? 0,
    out: r.out ?? r.out_total ?? 0,
    totals: r.in_total !== undefined,
  };
}

export const passagesOf = (h: History): Line[] =>
  (h.final?.journal ?? []).filter((r) => r.kind === 'passage').map(lineOfRow);
export const conflictsOf = (h: History): Line[] =>
  (h.final?.journal ?? []).filter((r) => r.kind === 'conflict').map(lineOfRow);
export const countEach = (keys: Iterable<string>): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const k of keys) counts.set(k, (counts.get(k) ?? 0) + 1);
  return counts;
};

export const contentAmong = (line: Line, list: Attempt[] | undefined): boolean =>
  (list ?? []).some((a) => a.content === contentOf(line) && mayCount(a.fate));
