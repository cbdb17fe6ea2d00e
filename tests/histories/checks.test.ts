// The checkers are shown a good history, in which much went wrong and nothing was lost, and that history with one lie in it:
// each lie must be found by the checker that is there for it.
import test from 'node:test';
import assert from 'node:assert/strict';
import { checkAnswers } from './checks/answers.ts';
import { balances, checkBank } from './checks/bank.ts';
import { checkBounds } from './checks/bounds.ts';
import { checkGaps, missingBy } from './checks/gaps.ts';
import { checkLedger } from './checks/ledger.ts';
import { checkOperators } from './checks/operators.ts';
import { checkPast } from './checks/past.ts';
import { canBe, checkRegister } from './checks/register.ts';
import { checkRevisions, digestOf } from './checks/revisions.ts';
import { checkSet } from './checks/set.ts';
import type { Attempt, Checker, Fate } from './checks/verdict.ts';
import { contentOf } from './history.ts';
import type { Counters, Final, Heard, History, JournalRow, Line, Listen, Op, Operate, Send, StateRead } from './history.ts';
import { writeTime } from './gates.ts';
import { randomBySeed } from '../api/lib.ts';

const T0 = Date.parse('2026-11-24T10:00:00.000Z');
const WAYS = { gate: { from: 'outside', to: 'hall' }, door: { from: 'hall', to: 'stand' } };

const line = (seq: number, more: Partial<Line> = {}): Line =>
  ({ device: 'A', boot: 1, seq, checkpoint: 'gate', at: T0 + seq * 1000, in: 2, out: 0, totals: false, ...more });
const row = (number: number, l: Line, kind = 'passage'): JournalRow => ({ number, kind, recorded_at: new Date(T0 + number * 1000).toISOString(),
  device: l.device, boot: l.boot, seq: l.seq, checkpoint: l.checkpoint, at: new Date(l.at).toISOString(),
  ...(l.totals ? { in_total: l.in, out_total: l.out } : { in: l.in, out: l.out }) });
const counters = (seq: number, records: number, passages: number, gate: number, more: Partial<Counters> = {}): Counters => ({ seq, records,
  planVersion: 1, sum: 0, passages, conflicts: 0, checkpoints: { gate: { in: gate, out: 0 }, door: { in: 0, out: 0 } },
  zones: { hall: gate, stand: 0 }, ...more });

let n = 0;
const common = (t0: number, more: object): { n: number; client: string; life: number; t0: number; t1: number; phase: 'ok'; code: string } =>
  ({ n: n++, client: 'A', life: t0 < 100 ? 1 : 2, t0, t1: t0 + 5, phase: 'ok', code: '', ...more });
const send = (t0: number, lines: Line[], more: Partial<Send> = {}): Send =>
  ({ ...common(t0, {}), f: 'send', via: 'http', whole: true, lines, accepted: lines.length, duplicate: 0, refused: [], ...more });
const read = (t0: number, c: Counters, more: Partial<StateRead> = {}): StateRead =>
  ({ ...common(t0, { client: 'reader' }), f: 'state', at: null, counters: c, ...more });
const hears = (t: number, type: Heard['type'], seq: number, c: Counters | null): Heard => ({ t, life: t < 100 ? 1 : 2, type, seq, digest: c === null ? '' : digestOf(c), counters: c });
const listen = (t0: number, since: number | null, heard: Heard[]): Listen => ({ ...common(t0, { client: 'listener', t1: t0 + 40 }), f: 'listen', since, heard });
const operate = (t0: number, f: Operate['f'], key: string, more: Partial<Operate> = {}): Operate => ({ ...common(t0, { client: 'boss' }), f, key, size: 0, ...more });

// Two lives. A sends 1, 2 and 4 (3 is left out), then 5 and 6 of which nobody knows, then the same again; 7 was refused by a full
// disk and 8 by a failed sync, but found by the next life; then another content for 1, and B's running totals.
function good(): History {
  n = 0;
  const [a1, a2, a4, a5, a6, a7, a8] = [1, 2, 4, 5, 6, 7, 8].map((s) => line(s)) as [Line, Line, Line, Line, Line, Line, Line];
  const other = { ...a1, in: 9 }, b1 = line(1, { device: 'B', checkpoint: 'door', in: 3, out: 1, totals: true });
  const b2 = { ...b1, seq: 2, at: T0 + 90000, in: 5 }, body = [a5, a6];
  const ops: Op[] = [
    send(10, [a1, a2]), read(20, counters(100, 3, 2, 4)), send(30, [a4]), send(40, body, { phase: 'unknown', accepted: 0 }),
    listen(15, null, [hears(22, 'state', 100, counters(100, 3, 2, 4)), hears(36, 'delta', 101, counters(101, 4, 3, 6)), hears(50, 'beat', 101, null)]),
    send(50, body, { accepted: 0, duplicate: 2 }), send(60, [a7], { phase: 'fail', code: 'store.full', accepted: 0 }),
    send(70, [a8], { phase: 'fail', code: 'store.write', accepted: 0 }), read(80, counters(102, 6, 5, 10)),
    send(110, [a8], { accepted: 0, duplicate: 1 }), send(112, [a7], { via: 'mqtt', accepted: 0 }),
    send(120, [other], { accepted: 0, refused: [{ line: 1, code: 'passage.conflict' }] }),
    send(121, [b1, b2]), operate(130, 'recount', 'count 1'), operate(132, 'recount', 'count 2', { phase: 'unknown' }),
    operate(133, 'recount', 'count 3', { phase: 'fail', code: 'connect' }), operate(134, 'lane', 'gate/1/open'), operate(136, 'plan', '2'),
    read(140, counters(200, 12, 9, 14, { conflicts: 1, checkpoints: { gate: { in: 14, out: 0 }, door: { in: 5, out: 1 } }, zones: { hall: 10, stand: 4 }, planVersion: 2 })),
    read(150, counters(0, 4, 3, 6), { at: T0 + 4500 }),
    { ...common(155, { client: 'books' }), f: 'journal', count: 13 },
  ];
  const passages = [a1, a2, a4, a5, a6, a8, a7];
  const journal: JournalRow[] = [{ number: 1, kind: 'plan', recorded_at: new Date(T0 + 1000).toISOString(), version: 1 },
    ...passages.map((l, i) => row(i + 2, l)), row(9, other, 'conflict'), row(10, b1), row(11, b2),
    { number: 12, kind: 'recount', recorded_at: new Date(T0 + 12000).toISOString(), reason: 'count 1' },
    { number: 13, kind: 'lane', recorded_at: new Date(T0 + 13000).toISOString(), checkpoint: 'gate', lane_number: 1, open: true },
    { number: 14, kind: 'plan', recorded_at: new Date(T0 + 14000).toISOString(), version: 2 }];
  const last = counters(200, 14, 9, 14, { conflicts: 1, checkpoints: { gate: { in: 14, out: 0 }, door: { in: 5, out: 1 } },
    zones: { hall: 10, stand: 4 }, planVersion: 2 });
  const final: Final = { journal, counters: last, again: { ...last, seq: 300 },
    devices: [{ id: 'A', missing: 1, conflicts: 1 }, { id: 'B', missing: 0, conflicts: 0 }],
    lanes: [{ checkpoint: 'gate', lane: 1, open: true }],
    flow: { from: new Date(T0).toISOString(), step_s: 60, inside: [], checkpoints: [{ id: 'gate', in: [14, 0], out: [0, 0] }, { id: 'door', in: [3, 2], out: [1, 0] }] },
    conflicts: { count: 1, conflicts: [{ device: 'A', boot: 1, seq: 1, checkpoint: 'gate', at: new Date(a1.at).toISOString(), in: 9, out: 0 }] } };
  return { seed: 1, ops, faults: [], final, lives: [{ number: 1, from: 0, to: 100 }, { number: 2, from: 101, to: Infinity }] };
}

const CHECKERS: Record<string, Checker> = { set: checkSet, register: checkRegister, bank: (h) => checkBank(h, WAYS),
  bounds: (h) => checkBounds(h, ['door']), revisions: checkRevisions, ledger: (h) => checkLedger(h, WAYS), gaps: checkGaps, past: checkPast,
  operators: checkOperators, answers: (h) => checkAnswers(h, ['store.full', 'store.write']) };

const sends = (h: History): Send[] => h.ops.flatMap((op) => (op.f === 'send' ? [op] : []));
const reads = (h: History): Counters[] => h.ops.flatMap((op) => (op.f === 'state' && op.counters !== null ? [op.counters] : []));
const heard = (h: History): Heard[] => h.ops.flatMap((op) => (op.f === 'listen' ? op.heard : []));
function at<T>(list: readonly T[], i: number): T {
  const x = list.at(i);
  if (x === undefined) throw new Error(`there is no item ${i}`);
  return x;
}
const end = (h: History): Final => { if (h.final === null) throw new Error('no end'); return h.final; };
const drop = (h: History, number: number): void => { end(h).journal = end(h).journal.filter((r) => r.number !== number); };

// [who finds it, the lie, how it is told]
const LIES: [string, string, (h: History) => void][] = [
  ['set', 'what was acknowledged is gone', (h) => drop(h, 3)],
  ['set', 'what had a PUBACK is gone', (h) => drop(h, 8)],
  ['set', 'it is there twice', (h) => { end(h).journal.push(row(15, line(2))); }],
  ['set', 'what was only ever refused is there', (h) => { h.ops = h.ops.filter((op) => op.f !== 'send' || op.via !== 'mqtt'); }],
  ['set', 'what nobody sent is there', (h) => { end(h).journal.push(row(15, line(77))); }],
  ['set', 'it is there with a content that nobody sent', (h) => { at(end(h).journal, 2).in = 3; }],
  ['set', 'a record number is missing', (h) => { at(end(h).journal, -1).number = 16; }],
  ['set', 'half of a body was taken', (h) => { const op = at(sends(h), 3); op.accepted = 1; op.duplicate = 1; }],
  ['set', 'a line is not spoken of', (h) => { at(sends(h), 0).accepted = 1; }],
  ['register', 'the same is accepted twice', (h) => { h.ops.push(send(160, [line(2)])); }],
  ['register', 'the later content won', (h) => { at(end(h).journal, 1).in = 9; at(end(h).journal, 8).in = 2; }],
  ['register', 'another content is called a duplicate', (h) => { const op = at(sends(h), 8); op.refused = []; op.duplicate = 1; }],
  ['register', 'the same content is called a conflict', (h) => { h.ops.push(send(160, [line(2)], { accepted: 0, refused: [{ line: 1, code: 'passage.conflict' }] })); }],
  ['register', 'a conflict was told and not kept', (h) => drop(h, 9)],
  ['register', 'a conflict was kept that nobody was told of', (h) => { end(h).journal.push(row(15, { ...line(4), in: 7 }, 'conflict')); h.ops.push(send(5, [{ ...line(4), in: 7 }], { phase: 'fail', code: 'store.full' })); }],
  ['register', 'it was known before it was sent', (h) => { h.ops.push(send(1, [line(2)], { accepted: 0, duplicate: 1 })); }],
  ['bank', 'the sum of a state is not zero', (h) => { at(reads(h), 1).sum = 1; }],
  ['bank', 'the sum of a state that was heard is not zero', (h) => { const c = at(heard(h), 1).counters; if (c) c.sum = -1; }],
  ['bank', 'a zone holds more than came in', (h) => { at(reads(h), 1).zones['hall'] = 11; }],
  ['bank', 'in the end a zone holds less', (h) => { end(h).counters.zones['stand'] = 3; }],
  ['bounds', 'a state does not know what was acknowledged before', (h) => { at(reads(h), 1).checkpoints['gate'] = { in: 8, out: 0 }; }],
  ['bounds', 'a state counts what was not sent yet', (h) => { at(reads(h), 0).checkpoints['gate'] = { in: 6, out: 0 }; }],
  ['bounds', 'a state counts what a failed sync refused, in that life', (h) => { at(reads(h), 1).checkpoints['gate'] = { in: 12, out: 0 }; }],
  ['bounds', 'a listener hears of what was not sent yet', (h) => { const c = at(heard(h), 0).counters; if (c) c.checkpoints['gate'] = { in: 6, out: 0 }; }],
  ['revisions', 'a reader goes back', (h) => { at(reads(h), 1).seq = 99; }],
  ['revisions', 'the next life gives a number again', (h) => { at(reads(h), 2).seq = 101; }],
  ['revisions', 'a number has two contents', (h) => { const c = at(heard(h), 0).counters; if (c) c.passages = 3; at(heard(h), 0).digest = 'another'; }],
  ['revisions', 'a listener misses a delta', (h) => { const m = at(heard(h), 1); m.seq = 102; at(heard(h), 2).seq = 102; }],
  ['revisions', 'a beat tells of another number', (h) => { at(heard(h), 2).seq = 102; }],
  ['revisions', 'records become fewer', (h) => { at(reads(h), 2).records = 5; }],
  ['ledger', 'a checkpoint counts one too many', (h) => { end(h).counters.checkpoints['gate'] = { in: 15, out: 0 }; }],
  ['ledger', 'a zone lost somebody', (h) => { end(h).counters.zones['hall'] = 9; }],
  ['ledger', 'a minute of the flow is short', (h) => { at(end(h).flow.checkpoints, 0).in[0] = 13; }],
  ['ledger', 'people flow in a minute in which nobody came', (h) => { at(end(h).flow.checkpoints, 0).out[1] = 1; }],
  ['ledger', 'a minute of the flow is not told', (h) => { at(end(h).flow.checkpoints, 1).in = [3]; }],
  ['ledger', 'running totals are added up as people', (h) => { end(h).counters.checkpoints['door'] = { in: 8, out: 2 }; }],
  ['ledger', 'the passages are miscounted', (h) => { end(h).counters.passages = 10; }],
  ['ledger', 'a device is written with other people', (h) => { at(end(h).journal, 2).out = 1; }],
  ['ledger', 'after a stop and a start the state is another', (h) => { end(h).again.zones = { hall: 10, stand: 5 }; }],
  ['ledger', 'there is no end', (h) => { h.final = null; }],
  ['gaps', 'a gap does not show', (h) => { at(end(h).devices, 0).missing = 0; }],
  ['gaps', 'a gap shows too large', (h) => { at(end(h).devices, 0).missing = 2; }],
  ['gaps', 'a device that spoke does not show', (h) => { end(h).devices = end(h).devices.filter((d) => d.id !== 'B'); }],
  ['gaps', 'a conflict does not show at its device', (h) => { at(end(h).devices, 0).conflicts = 0; }],
  ['gaps', 'a conflict is not in the list', (h) => { end(h).conflicts.conflicts = []; }],
  ['gaps', 'the list shows another content', (h) => { at(end(h).conflicts.conflicts, 0).in = 2; }],
  ['gaps', 'the list is miscounted', (h) => { end(h).conflicts.count = 2; }],
  ['past', 'the past misses a record', (h) => { const c = at(reads(h), 3); c.records = 3; c.passages = 2; }],
  ['past', 'the past knows what came later', (h) => { const c = at(reads(h), 3); c.records = 5; c.passages = 4; }],
  ['past', 'the past counts other passages', (h) => { at(reads(h), 3).passages = 2; }],
  ['past', 'recorded time runs backwards', (h) => { at(end(h).journal, 3).recorded_at = new Date(T0).toISOString(); }],
  ['operators', 'an acknowledged recount is gone', (h) => drop(h, 12)],
  ['operators', 'a refused recount is written', (h) => { at(end(h).journal, 11).reason = 'count 3'; }],
  ['operators', 'a recount is written twice', (h) => { end(h).journal.push({ ...at(end(h).journal, 11), number: 15 }); }],
  ['operators', 'a lane stands otherwise than it was set', (h) => { at(end(h).lanes, 0).open = false; }],
  ['operators', 'a lane that was set is not written', (h) => drop(h, 13)],
  ['operators', 'a plan in force is not written', (h) => drop(h, 14)],
  ['operators', 'a plan has another version', (h) => { at(end(h).journal, -1).version = 3; }],
  ['answers', 'a refusal that no fault explains', (h) => { at(sends(h), 4).code = 'store.corrupt'; }],
  ['answers', 'a line is refused for no reason', (h) => { at(sends(h), 8).refused = [{ line: 1, code: 'passage.field' }]; }],
  ['answers', 'the keeper does not know what was acknowledged', (h) => { for (const op of h.ops) if (op.f === 'journal') op.count = 8; }],
];

test('nothing is wrong with the good history, and every checker looked at it', () => {
  for (const [name, check] of Object.entries(CHECKERS)) {
    const verdict = check(good());
    assert.deepEqual(verdict.wrong, [], name);
    assert.ok(verdict.checked > 0, `${name} looked at nothing`);
  }
});

for (const [name, lie, tell] of LIES) {
  test(`${name} finds that ${lie}`, () => {
    const h = good(), check = CHECKERS[name];
    tell(h);
    assert.ok(check !== undefined && check(h).wrong.length > 0, 'it was not found');
  });
}

test('every checker has lies that it finds', () => {
  assert.deepEqual(new Set(LIES.map(([name]) => name)), new Set(Object.keys(CHECKERS)));
});

test('what was sent again after a refusal in the next life, or over a proxy, is no half body', () => {
  const h = good();
  at(sends(h), 2).whole = false;
  at(sends(h), 3).accepted = 1;
  at(sends(h), 3).duplicate = 1;
  assert.ok(!checkSet(h).wrong.some((w) => w.includes('in part')), 'it was');
});

test('missing numbers are those between the first and the newest of each boot', () => {
  const at1 = (device: string, boot: number, ...seqs: number[]): { device: string; boot: number; seq: number }[] => seqs.map((seq) => ({ device, boot, seq }));
  assert.deepEqual(missingBy([...at1('A', 1, 5, 9, 6), ...at1('A', 2, 100), ...at1('B b', 1, 1, 2)]), new Map([['A', 2], ['B b', 0]]));
});

test('a state of another plan is not held against ways that it does not have', () => {
  assert.equal(balances({ ...counters(1, 1, 1, 1), checkpoints: {} }, WAYS), undefined);
});

// ---- the register against all orders ----

const attempt = (fate: Fate, content: string, t0: number, t1: number): Attempt =>
  ({ identity: 'x', content, fate, line: line(1), op: send(t0, [], { t1 }) });

// Every order of the attempts that takes part, respecting real time; unknown ones may take part or not. Slow and plain.
function anyOrder(left: Attempt[], value: string | undefined, final: string | undefined): boolean {
  if (left.every((a) => a.fate === 'lost' || a.fate === 'later' || a.fate === 'failed' || a.fate === 'refused') && value === final) return true;
  return left.some((a) => {
    if (a.fate === 'failed' || a.fate === 'refused') return false;
    const ends = (x: Attempt): number => (x.fate === 'lost' || x.fate === 'later' ? Infinity : x.op.t1);
    if (left.some((x) => x !== a && x.fate !== 'failed' && x.fate !== 'refused' && ends(x) < a.op.t0)) return false;
    const is = value === undefined ? 'accepted' : value === a.content ? 'duplicate' : 'conflict';
    const fits = a.fate === 'taken' || a.fate === 'lost' || a.fate === 'later' || a.fate === is || (a.fate === 'present' && is !== 'conflict');
    return fits && anyOrder(left.filter((x) => x !== a), value ?? a.content, final);
  });
}

test('the register says what trying all orders says, for 20,000 small histories', () => {
  const random = randomBySeed(7), fates: Fate[] = ['accepted', 'duplicate', 'present', 'conflict', 'taken', 'refused', 'failed', 'later', 'lost'];
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  let possible = 0;
  for (let i = 0; i < 20000; i++) {
    const attempts = Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
      const t0 = Math.floor(random() * 10) * 10, lost = 1 + Math.floor(random() * 30);
      const fate = pick(fates);
      return attempt(fate, pick(['a', 'b']), t0, t0 + lost);
    });
    const final = pick(['a', 'b', undefined]);
    const wanted = anyOrder(attempts, undefined, final);
    if (wanted) possible++;
    assert.equal(canBe(attempts, final), wanted, JSON.stringify([final, attempts.map((a) => [a.fate, a.content, a.op.t0, a.op.t1])]));
  }
  assert.ok(possible > 2000 && possible < 18000, `${possible} of 20000 are possible`);
});

test('a moment is the same moment in every way of writing it', () => {
  const random = randomBySeed(3);
  for (let i = 0; i < 5000; i++) {
    const t = T0 + Math.floor(random() * 180000), text = writeTime(t, random);
    const [, minute = '', second = '', rest = ''] = /^(.*T\d\d:\d\d:)(\d\d)(.*)$/.exec(text) ?? [];
    const read = second === '60' ? Date.parse(`${minute}59${rest}`) + 1000 : Date.parse(text);
    assert.equal(read, t, text);
  }
  assert.notEqual(contentOf(line(1)), contentOf(line(1, { out: 1 })));
});
