// The checkers are shown the good history, and that history with one lie in it: each lie must be found by the checker that is
// there for it.
import test from 'node:test';
import assert from 'node:assert/strict';
import { checkAnswers } from './checks/answers.ts';
import { balances, checkBank } from './checks/bank.ts';
import { checkBounds } from './checks/bounds.ts';
import { checkGaps, missingBy } from './checks/gaps.ts';
import { book, checkLedger } from './checks/ledger.ts';
import { checkOperators } from './checks/operators.ts';
import { checkPast } from './checks/past.ts';
import { checkRegister } from './checks/register.ts';
import { checkRevisions } from './checks/revisions.ts';
import { checkSet } from './checks/set.ts';
import type { Checker } from './checks/verdict.ts';
import type { Counters, Final, Heard, History, Line, Send } from './history.ts';
import { T0, WAYS, counters, good, line, row, send } from './good.ts';

const CHECKERS: Record<string, Checker> = {
  set: checkSet,
  register: checkRegister,
  bank: (h) => checkBank(h, WAYS),
  bounds: (h) => checkBounds(h, ['door']),
  revisions: checkRevisions,
  ledger: (h) => checkLedger(h, WAYS),
  gaps: checkGaps,
  past: checkPast,
  operators: checkOperators,
  answers: (h) => checkAnswers(h, ['store.full', 'store.write']),
};

const sends = (h: History): Send[] => h.ops.flatMap((op) => (op.f === 'send' ? [op] : []));
const reads = (h: History): Counters[] =>
  h.ops.flatMap((op) => (op.f === 'state' && op.counters !== null ? [op.counters] : []));
const heard = (h: History): Heard[] => h.ops.flatMap((op) => (op.f === 'listen' ? op.heard : []));
function at<T>(list: readonly T[], i: number): T {
  const x = list.at(i);
  if (x === undefined) throw new Error(`there is no item ${i}`);
  return x;
}
const end = (h: History): Final => {
  if (h.final === null) throw new Error('no end');
  return h.final;
};
const drop = (h: History, number: number): void => {
  end(h).journal = end(h).journal.filter((r) => r.number !== number);
};

// [who finds it, the lie, how it is told]
const LIES: [string, string, (h: History) => void][] = [
  ['set', 'what was acknowledged is gone', (h) => drop(h, 3)],
  ['set', 'what had a PUBACK is gone', (h) => drop(h, 8)],
  [
    'set',
    'it is there twice',
    (h) => {
      end(h).journal.push(row(15, line(2)));
    },
  ],
  [
    'set',
    'what was only ever refused is there',
    (h) => {
      h.ops = h.ops.filter((op) => op.f !== 'send' || op.via !== 'mqtt');
    },
  ],
  [
    'set',
    'what nobody sent is there',
    (h) => {
      end(h).journal.push(row(15, line(77)));
    },
  ],
  [
    'set',
    'it is there with a content that nobody sent',
    (h) => {
      at(end(h).journal, 2).in = 3;
    },
  ],
  [
    'set',
    'a record number is missing',
    (h) => {
      at(end(h).journal, -1).number = 16;
    },
  ],
  [
    'set',
    'half of a body was taken',
    (h) => {
      const op = at(sends(h), 3);
      op.accepted = 1;
      op.duplicate = 1;
    },
  ],
  [
    'set',
    'a line is not spoken of',
    (h) => {
      at(sends(h), 0).accepted = 1;
    },
  ],
  [
    'register',
    'the same is accepted twice',
    (h) => {
      h.ops.push(send(160, [line(2)]));
    },
  ],
  [
    'register',
    'the later content won',
    (h) => {
      at(end(h).journal, 1).in = 9;
      at(end(h).journal, 8).in = 2;
    },
  ],
  [
    'register',
    'another content is called a duplicate',
    (h) => {
      const op = at(sends(h), 8);
      op.refused = [];
      op.duplicate = 1;
    },
  ],
  [
    'register',
    'the same content is called a conflict',
    (h) => {
      h.ops.push(send(160, [line(2)], { accepted: 0, refused: [{ line: 1, code: 'passage.conflict' }] }));
    },
  ],
  ['register', 'a conflict was told and not kept', (h) => drop(h, 9)],
  [
    'register',
    'a conflict was kept that nobody was told of',
    (h) => {
      end(h).journal.push(row(15, { ...line(4), in: 7 }, 'conflict'));
      h.ops.push(send(5, [{ ...line(4), in: 7 }], { phase: 'fail', code: 'store.full' }));
    },
  ],
  [
    'register',
    'it was known before it was sent',
    (h) => {
      h.ops.push(send(1, [line(2)], { accepted: 0, duplicate: 1 }));
    },
  ],
  [
    'bank',
    'the sum of a state is not zero',
    (h) => {
      at(reads(h), 1).sum = 1;
    },
  ],
  [
    'bank',
    'the sum of a state that was heard is not zero',
    (h) => {
      const c = at(heard(h), 1).counters;
      if (c) c.sum = -1;
    },
  ],
  [
    'bank',
    'a zone holds more than came in',
    (h) => {
      at(reads(h), 1).zones['hall'] = 11;
    },
  ],
  [
    'bank',
    'in the end a zone holds less',
    (h) => {
      end(h).counters.zones['stand'] = 3;
    },
  ],
  [
    'bounds',
    'a state does not know what was acknowledged before',
    (h) => {
      at(reads(h), 1).checkpoints['gate'] = { in: 8, out: 0 };
    },
  ],
  [
    'bounds',
    'a state counts what was not sent yet',
    (h) => {
      at(reads(h), 0).checkpoints['gate'] = { in: 6, out: 0 };
    },
  ],
  [
    'bounds',
    'a state counts what a failed sync refused, in that life',
    (h) => {
      at(reads(h), 1).checkpoints['gate'] = { in: 12, out: 0 };
    },
  ],
  [
    'bounds',
    'a listener hears of what was not sent yet',
    (h) => {
      const c = at(heard(h), 0).counters;
      if (c) c.checkpoints['gate'] = { in: 6, out: 0 };
    },
  ],
  [
    'revisions',
    'a reader goes back',
    (h) => {
      at(reads(h), 1).seq = 99;
    },
  ],
  [
    'revisions',
    'the next life gives a number again',
    (h) => {
      at(reads(h), 2).seq = 101;
    },
  ],
  [
    'revisions',
    'a number has two contents',
    (h) => {
      const c = at(heard(h), 0).counters;
      if (c) c.passages = 3;
      at(heard(h), 0).digest = 'another';
    },
  ],
  [
    'revisions',
    'a listener misses a delta',
    (h) => {
      const m = at(heard(h), 1);
      m.seq = 102;
      at(heard(h), 2).seq = 102;
    },
  ],
  [
    'revisions',
    'a beat tells of another number',
    (h) => {
      at(heard(h), 2).seq = 102;
    },
  ],
  [
    'revisions',
    'records become fewer',
    (h) => {
      at(reads(h), 2).records = 5;
    },
  ],
  [
    'ledger',
    'a checkpoint counts one too many',
    (h) => {
      end(h).counters.checkpoints['gate'] = { in: 15, out: 0 };
    },
  ],
  [
    'ledger',
    'a zone lost somebody',
    (h) => {
      end(h).counters.zones['hall'] = 9;
    },
  ],
  [
    'ledger',
    'a minute of the flow is short',
    (h) => {
      at(end(h).flow.checkpoints, 0).in[0] = 13;
    },
  ],
  [
    'ledger',
    'people flow in a minute in which nobody came',
    (h) => {
      at(end(h).flow.checkpoints, 0).out[1] = 1;
    },
  ],
  [
    'ledger',
    'a minute of the flow is not told',
    (h) => {
      at(end(h).flow.checkpoints, 1).in = [3];
    },
  ],
  [
    'ledger',
    'running totals are added up as people',
    (h) => {
      end(h).counters.checkpoints['door'] = { in: 8, out: 2 };
    },
  ],
  [
    'ledger',
    'the passages are miscounted',
    (h) => {
      end(h).counters.passages = 10;
    },
  ],
  [
    'ledger',
    'a device is written with other people',
    (h) => {
      at(end(h).journal, 2).out = 1;
    },
  ],
  [
    'ledger',
    'after a stop and a start the state is another',
    (h) => {
      end(h).again.zones = { hall: 10, stand: 5 };
    },
  ],
  [
    'ledger',
    'there is no end',
    (h) => {
      h.final = null;
    },
  ],
  [
    'gaps',
    'a gap does not show',
    (h) => {
      at(end(h).devices, 0).missing = 0;
    },
  ],
  [
    'gaps',
    'a gap shows too large',
    (h) => {
      at(end(h).devices, 0).missing = 2;
    },
  ],
  [
    'gaps',
    'a device that spoke does not show',
    (h) => {
      end(h).devices = end(h).devices.filter((d) => d.id !== 'B');
    },
  ],
  [
    'gaps',
    'a conflict does not show at its device',
    (h) => {
      at(end(h).devices, 0).conflicts = 0;
    },
  ],
  [
    'gaps',
    'a conflict is not in the list',
    (h) => {
      end(h).conflicts.conflicts = [];
    },
  ],
  [
    'gaps',
    'the list shows another content',
    (h) => {
      at(end(h).conflicts.conflicts, 0).in = 2;
    },
  ],
  [
    'gaps',
    'the list is miscounted',
    (h) => {
      end(h).conflicts.count = 2;
    },
  ],
  [
    'past',
    'the past misses a record',
    (h) => {
      const c = at(reads(h), 3);
      c.records = 3;
      c.passages = 2;
    },
  ],
  [
    'past',
    'the past misses the last moment, which had been seen',
    (h) => {
      for (const op of h.ops) if (op.f === 'state' && op.at !== null) op.at = T0 + 5000;
    },
  ],
  [
    'past',
    'the past knows what came later',
    (h) => {
      const c = at(reads(h), 3);
      c.records = 5;
      c.passages = 4;
    },
  ],
  [
    'past',
    'the past counts other passages',
    (h) => {
      at(reads(h), 3).passages = 2;
    },
  ],
  [
    'past',
    'recorded time runs backwards',
    (h) => {
      at(end(h).journal, 3).recorded_at = new Date(T0).toISOString();
    },
  ],
  ['operators', 'an acknowledged recount is gone', (h) => drop(h, 12)],
  [
    'operators',
    'a refused recount is written',
    (h) => {
      at(end(h).journal, 11).reason = 'count 3';
    },
  ],
  [
    'operators',
    'a recount is written twice',
    (h) => {
      end(h).journal.push({ ...at(end(h).journal, 11), number: 15 });
    },
  ],
  [
    'operators',
    'a lane stands otherwise than it was set',
    (h) => {
      at(end(h).lanes, 0).open = false;
    },
  ],
  ['operators', 'a lane that was set is not written', (h) => drop(h, 13)],
  ['operators', 'a plan in force is not written', (h) => drop(h, 14)],
  [
    'operators',
    'a plan has another version',
    (h) => {
      at(end(h).journal, -1).version = 3;
    },
  ],
  [
    'answers',
    'a refusal that no fault explains',
    (h) => {
      at(sends(h), 4).code = 'store.corrupt';
    },
  ],
  [
    'answers',
    'a line is refused for no reason',
    (h) => {
      at(sends(h), 8).refused = [{ line: 1, code: 'passage.field' }];
    },
  ],
  [
    'answers',
    'the keeper does not know what was acknowledged',
    (h) => {
      for (const op of h.ops) if (op.f === 'journal') op.count = 8;
    },
  ],
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
    const h = good(),
      check = CHECKERS[name];
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
  const at1 = (device: string, boot: number, ...seqs: number[]): { device: string; boot: number; seq: number }[] =>
    seqs.map((seq) => ({ device, boot, seq }));
  assert.deepEqual(
    missingBy([...at1('A', 1, 5, 9, 6), ...at1('A', 2, 100), ...at1('B b', 1, 1, 2)]),
    new Map([
      ['A', 2],
      ['B b', 0],
    ]),
  );
});

test('running totals count from zero for who is heard from the first number on, else from what is heard first', () => {
  const told = (seq: number, total: number): Line => line(seq, { totals: true, in: total });
  const sum = (lines: Line[]): number => book(lines).reduce((n, b) => n + b.in, 0);
  assert.equal(sum([told(1, 3), told(2, 5)]), 5);
  assert.equal(sum([told(3, 3), told(5, 7)]), 4);
});

test('a state of another plan is not held against ways that it does not have', () => {
  assert.equal(balances({ ...counters(1, 1, 1, 1), checkpoints: {} }, WAYS), undefined);
});
