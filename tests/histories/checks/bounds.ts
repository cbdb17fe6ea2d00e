// Every state read counts at least what was acknowledged before it was asked for, and at most what had been sent when it
// was answered. What a failed disk refused is not in it as long as that server lives.
import type { Counters, History } from '../history.ts';
import { Findings, attemptsOf } from './verdict.ts';
import type { Attempt, Verdict } from './verdict.ts';

interface Step {
  t: number;
  checkpoint: string;
  in: number;
  out: number;
}
interface Sum {
  in: number;
  out: number;
}

// The moment from which the attempt may count.
function from(a: Attempt, h: History): number {
  if (a.fate === 'refused' || a.fate === 'failed' || a.fate === 'conflict') return Infinity;
  return a.fate === 'later' ? (h.lives.find((l) => l.number === a.op.life)?.to ?? Infinity) : a.op.t0;
}

function steps(h: History): { least: Step[]; most: Step[] } {
  const least: Step[] = [],
    most: Step[] = [];
  for (const attempts of attemptsOf(h).values()) {
    const of = attempts.filter((a) => !a.line.totals);
    const sure = of.filter((a) => a.fate === 'accepted' || a.fate === 'duplicate' || a.fate === 'present');
    const at = sure.reduce((t, a) => Math.min(t, a.op.t1), Infinity),
      first = sure[0];
    if (first !== undefined)
      least.push({ t: at, checkpoint: first.line.checkpoint, in: first.line.in, out: first.line.out });
    let n = { in: 0, out: 0 };
    for (const a of of.filter((x) => from(x, h) !== Infinity).sort((x, y) => from(x, h) - from(y, h))) {
      const more = { in: Math.max(n.in, a.line.in), out: Math.max(n.out, a.line.out) };
      if (more.in > n.in || more.out > n.out) {
        most.push({ t: from(a, h), checkpoint: a.line.checkpoint, in: more.in - n.in, out: more.out - n.out });
        n = more;
      }
    }
  }
  const byTime = (a: Step, b: Step): number => a.t - b.t;
  return { least: least.sort(byTime), most: most.sort(byTime) };
}

// The sums by checkpoint at each of the times asked for, which rise.
class Running {
  private next = 0;
  private readonly sums: Record<string, Sum> = {};
  constructor(private readonly all: Step[]) {}
  until(t: number, checkpoint: string, including: boolean): Sum {
    for (let s = this.all[this.next]; s !== undefined && (including ? s.t <= t : s.t < t); s = this.all[++this.next]) {
      const sum = (this.sums[s.checkpoint] ??= { in: 0, out: 0 });
      sum.in += s.in;
      sum.out += s.out;
    }
    return this.sums[checkpoint] ?? { in: 0, out: 0 };
  }
}

interface Look {
  t: number;
  who: string;
  counters: Counters;
}

export function checkBounds(h: History, totals: string[]): Verdict {
  const found = new Findings('bounds');
  const { least, most } = steps(h);
  const asked: Look[] = [],
    answered: Look[] = [];
  for (const op of h.ops) {
    if (op.f === 'state' && op.counters !== null && op.at === null) {
      asked.push({ t: op.t0, who: `state read ${op.n}`, counters: op.counters });
      answered.push({ t: op.t1, who: `state read ${op.n}`, counters: op.counters });
    }
    // What is told may be older than the moment at which it is heard, but not newer.
    if (op.f === 'listen') {
      for (const m of op.heard)
        if (m.counters !== null) answered.push({ t: m.t, who: `${op.client} heard ${m.seq}`, counters: m.counters });
    }
  }
  const each = (
    looks: Look[],
    running: Running,
    including: boolean,
    good: (is: Sum, bound: Sum) => boolean,
    word: string,
  ): void => {
    for (const { t, who, counters } of looks.sort((a, b) => a.t - b.t)) {
      for (const [id, is] of Object.entries(counters.checkpoints)) {
        if (totals.includes(id)) continue;
        const bound = running.until(t, id, including);
        found.holds(good(is, bound), () => `${who}: ${id} counts ${is.in}/${is.out}, ${word} ${bound.in}/${bound.out}`);
      }
    }
  };
  each(asked, new Running(least), false, (is, b) => is.in >= b.in && is.out >= b.out, 'acknowledged before were');
  each(answered, new Running(most), true, (is, b) => is.in <= b.in && is.out <= b.out, 'sent until then were');
  return found.verdict();
}
