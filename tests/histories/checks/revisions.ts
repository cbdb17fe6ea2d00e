// Numbers of changes rise: for each reader and listener, and over the lives of the server. The same number is never given to
// another content; a listener misses none. Records folded never become fewer, for who looks later.
import type { Counters, History } from '../history.ts';
import { Findings } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export const digestOf = (c: Counters): string =>
  JSON.stringify([
    c.planVersion,
    c.sum,
    c.passages,
    c.conflicts,
    Object.entries(c.checkpoints).sort(([a], [b]) => (a < b ? -1 : 1)),
    Object.entries(c.zones).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);

interface Seen {
  life: number;
  digest: string;
  who: string;
}

export function checkRevisions(h: History): Verdict {
  const found = new Findings('revisions');
  const seen = new Map<number, Seen>();
  const top = new Map<number, { low: number; high: number }>(); // by life
  const note = (seq: number, life: number, digest: string, who: string): void => {
    const before = seen.get(seq);
    if (before === undefined) seen.set(seq, { life, digest, who });
    else {
      found.holds(
        before.life === life,
        () => `${who}: number ${seq} of life ${life} was given in life ${before.life} (${before.who})`,
      );
      found.holds(
        before.digest === digest,
        () => `${who}: number ${seq} is ${digest}, ${before.who} had ${before.digest}`,
      );
    }
    const range = top.get(life) ?? { low: seq, high: seq };
    top.set(life, { low: Math.min(range.low, seq), high: Math.max(range.high, seq) });
  };
  const reads: { t0: number; t1: number; records: number; n: number }[] = [];
  const last = new Map<string, { seq: number; life: number }>();
  for (const op of h.ops) {
    if (op.f === 'listen') checkListen(op, found, note);
    if (op.f !== 'state' || op.counters === null || op.at !== null) continue;
    const { seq, records } = op.counters;
    note(seq, op.life, digestOf(op.counters), `state read ${op.n}`);
    reads.push({ t0: op.t0, t1: op.t1, records, n: op.n });
    const before = last.get(op.client);
    found.holds(
      before === undefined || (before.life === op.life ? seq >= before.seq : seq > before.seq),
      () => `${op.client} read ${seq} after ${before?.seq}`,
    );
    last.set(op.client, { seq, life: op.life });
  }
  const lives = [...top].sort(([a], [b]) => a - b);
  lives.forEach(([life, { low }], i) =>
    lives
      .slice(0, i)
      .forEach(([old, { high }]) =>
        found.holds(low > high, () => `life ${life} begins at ${low}, life ${old} ended at ${high}`),
      ),
  );
  checkRecords(reads, found);
  return found.verdict();
}

function checkListen(
  op: Extract<History['ops'][number], { f: 'listen' }>,
  found: Findings,
  note: (seq: number, life: number, digest: string, who: string) => void,
): void {
  let at = op.since;
  for (const [i, m] of op.heard.entries()) {
    if (m.counters !== null) note(m.seq, m.life, m.digest, `${op.client} in op ${op.n}`);
    if (m.type === 'delta')
      found.holds(at !== null && m.seq === at + 1, () => `${op.client} in op ${op.n} heard delta ${m.seq} after ${at}`);
    else if (m.type === 'beat')
      found.holds(m.seq === at, () => `${op.client} in op ${op.n} heard beat ${m.seq} after ${at}`);
    else
      found.holds(
        at === null || m.seq > at || (i === 0 && m.seq === at),
        () => `${op.client} in op ${op.n} heard state ${m.seq} after ${at}`,
      );
    at = m.seq;
  }
}

function checkRecords(reads: { t0: number; t1: number; records: number; n: number }[], found: Findings): void {
  const ended = [...reads].sort((a, b) => a.t1 - b.t1);
  let next = 0,
    most = 0,
    whose = -1;
  for (const r of [...reads].sort((a, b) => a.t0 - b.t0)) {
    for (let e = ended[next]; e !== undefined && e.t1 < r.t0; e = ended[++next]) {
      if (e.records > most) {
        most = e.records;
        whose = e.n;
      }
    }
    found.holds(
      r.records >= most,
      () => `state read ${r.n} has ${r.records} records, read ${whose} had ${most} before it was asked for`,
    );
  }
}
