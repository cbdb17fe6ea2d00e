// A good history for the checkers' tests, in which much went wrong and nothing was lost; and what it is made of.
import { digestOf } from './checks/revisions.ts';
import type {
  Counters,
  Final,
  Heard,
  History,
  JournalRow,
  Line,
  Listen,
  Op,
  Operate,
  Send,
  StateRead,
} from './history.ts';

export const T0 = Date.parse('2026-11-24T10:00:00.000Z');
export const WAYS = { gate: { from: 'outside', to: 'hall' }, door: { from: 'hall', to: 'stand' } };

export const line = (seq: number, more: Partial<Line> = {}): Line => ({
  device: 'A',
  boot: 1,
  seq,
  checkpoint: 'gate',
  at: T0 + seq * 1000,
  in: 2,
  out: 0,
  totals: false,
  ...more,
});
export const row = (number: number, l: Line, kind = 'passage'): JournalRow => ({
  number,
  kind,
  recorded_at: new Date(T0 + number * 1000).toISOString(),
  device: l.device,
  boot: l.boot,
  seq: l.seq,
  checkpoint: l.checkpoint,
  at: new Date(l.at).toISOString(),
  ...(l.totals ? { in_total: l.in, out_total: l.out } : { in: l.in, out: l.out }),
});
export const counters = (
  seq: number,
  records: number,
  passages: number,
  gate: number,
  more: Partial<Counters> = {},
): Counters => ({
  seq,
  records,
  planVersion: 1,
  sum: 0,
  passages,
  conflicts: 0,
  checkpoints: { gate: { in: gate, out: 0 }, door: { in: 0, out: 0 } },
  zones: { hall: gate, stand: 0 },
  ...more,
});

let n = 0;
const common = (
  t0: number,
  more: object,
): { n: number; client: string; life: number; t0: number; t1: number; phase: 'ok'; code: string } => ({
  n: n++,
  client: 'A',
  life: t0 < 100 ? 1 : 2,
  t0,
  t1: t0 + 5,
  phase: 'ok',
  code: '',
  ...more,
});
export const send = (t0: number, lines: Line[], more: Partial<Send> = {}): Send => ({
  ...common(t0, {}),
  f: 'send',
  via: 'http',
  whole: true,
  lines,
  accepted: lines.length,
  duplicate: 0,
  refused: [],
  ...more,
});
export const read = (t0: number, c: Counters, more: Partial<StateRead> = {}): StateRead => ({
  ...common(t0, { client: 'reader' }),
  f: 'state',
  at: null,
  counters: c,
  ...more,
});
export const hears = (t: number, type: Heard['type'], seq: number, c: Counters | null): Heard => ({
  t,
  life: t < 100 ? 1 : 2,
  type,
  seq,
  digest: c === null ? '' : digestOf(c),
  counters: c,
});
export const listen = (t0: number, since: number | null, heard: Heard[]): Listen => ({
  ...common(t0, { client: 'listener', t1: t0 + 40 }),
  f: 'listen',
  since,
  heard,
});
export const operate = (t0: number, f: Operate['f'], key: string, more: Partial<Operate> = {}): Operate => ({
  ...common(t0, { client: 'boss' }),
  f,
  key,
  size: 0,
  ...more,
});

// Two lives. A sends 1, 2 and 4 (3 is left out), then 5 and 6 of which nobody knows, then the same again; 7 was refused by a full
// disk and 8 by a failed sync, but found by the next life; then another content for 1, and B's running totals.
export function good(): History {
  n = 0;
  const [a1, a2, a4, a5, a6, a7, a8] = [1, 2, 4, 5, 6, 7, 8].map((s) => line(s)) as [
    Line,
    Line,
    Line,
    Line,
    Line,
    Line,
    Line,
  ];
  const other = { ...a1, in: 9 },
    b1 = line(1, { device: 'B', checkpoint: 'door', in: 3, out: 1, totals: true });
  const b2 = { ...b1, seq: 2, at: T0 + 90000, in: 5 },
    body = [a5, a6];
  const ops: Op[] = [
    send(10, [a1, a2]),
    read(20, counters(100, 3, 2, 4)),
    send(30, [a4]),
    send(40, body, { phase: 'unknown', accepted: 0 }),
    listen(15, null, [
      hears(22, 'state', 100, counters(100, 3, 2, 4)),
      hears(36, 'delta', 101, counters(101, 4, 3, 6)),
      hears(50, 'beat', 101, null),
    ]),
    send(50, body, { accepted: 0, duplicate: 2 }),
    send(60, [a7], { phase: 'fail', code: 'store.full', accepted: 0 }),
    send(70, [a8], { phase: 'fail', code: 'store.write', accepted: 0 }),
    read(80, counters(102, 6, 5, 10)),
    send(110, [a8], { accepted: 0, duplicate: 1 }),
    send(112, [a7], { via: 'mqtt', accepted: 0 }),
    send(120, [other], { accepted: 0, refused: [{ line: 1, code: 'passage.conflict' }] }),
    send(121, [b1, b2]),
    operate(130, 'recount', 'count 1'),
    operate(132, 'recount', 'count 2', { phase: 'unknown' }),
    operate(133, 'recount', 'count 3', { phase: 'fail', code: 'connect' }),
    operate(134, 'lane', 'gate/1/open'),
    operate(136, 'plan', '2'),
    read(
      140,
      counters(200, 12, 9, 14, {
        conflicts: 1,
        checkpoints: { gate: { in: 14, out: 0 }, door: { in: 5, out: 1 } },
        zones: { hall: 10, stand: 4 },
        planVersion: 2,
      }),
    ),
    read(150, counters(0, 4, 3, 6), { at: T0 + 4500 }),
    { ...common(155, { client: 'books' }), f: 'journal', count: 13 },
  ];
  const passages = [a1, a2, a4, a5, a6, a8, a7];
  const journal: JournalRow[] = [
    { number: 1, kind: 'plan', recorded_at: new Date(T0 + 1000).toISOString(), version: 1 },
    ...passages.map((l, i) => row(i + 2, l)),
    row(9, other, 'conflict'),
    row(10, b1),
    row(11, b2),
    { number: 12, kind: 'recount', recorded_at: new Date(T0 + 12000).toISOString(), reason: 'count 1' },
    {
      number: 13,
      kind: 'lane',
      recorded_at: new Date(T0 + 13000).toISOString(),
      checkpoint: 'gate',
      lane_number: 1,
      open: true,
    },
    { number: 14, kind: 'plan', recorded_at: new Date(T0 + 14000).toISOString(), version: 2 },
  ];
  const last = counters(200, 14, 9, 14, {
    conflicts: 1,
    checkpoints: { gate: { in: 14, out: 0 }, door: { in: 5, out: 1 } },
    zones: { hall: 10, stand: 4 },
    planVersion: 2,
  });
  const final: Final = {
    journal,
    counters: last,
    again: { ...last, seq: 300 },
    devices: [
      { id: 'A', missing: 1, conflicts: 1 },
      { id: 'B', missing: 0, conflicts: 0 },
    ],
    lanes: [{ checkpoint: 'gate', lane: 1, open: true }],
    flow: {
      from: new Date(T0).toISOString(),
      step_s: 60,
      inside: [],
      checkpoints: [
        { id: 'gate', in: [14, 0], out: [0, 0] },
        { id: 'door', in: [3, 2], out: [1, 0] },
      ],
    },
    conflicts: {
      count: 1,
      conflicts: [
        { device: 'A', boot: 1, seq: 1, checkpoint: 'gate', at: new Date(a1.at).toISOString(), in: 9, out: 0 },
      ],
    },
  };
  return {
    seed: 1,
    ops,
    faults: [],
    final,
    lives: [
      { number: 1, from: 0, to: 100 },
      { number: 2, from: 101, to: Infinity },
    ],
  };
}
