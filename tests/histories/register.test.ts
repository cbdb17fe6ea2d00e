// The register's short way against the plain one, which tries all orders; and the ways of writing a moment.
import test from 'node:test';
import assert from 'node:assert/strict';
import { canBe } from './checks/register.ts';
import type { Attempt, Fate } from './checks/verdict.ts';
import { contentOf } from './history.ts';
import { T0, line, send } from './good.ts';
import { writeTime } from './gates.ts';
import { randomBySeed } from '../api/lib.ts';

const attempt = (fate: Fate, content: string, t0: number, t1: number): Attempt => ({
  identity: 'x',
  content,
  fate,
  line: line(1),
  op: send(t0, [], { t1 }),
});

// Every order of the attempts that takes part, respecting real time; unknown ones may take part or not. Slow and plain.
function anyOrder(left: Attempt[], value: string | undefined, final: string | undefined): boolean {
  if (
    left.every((a) => a.fate === 'lost' || a.fate === 'later' || a.fate === 'failed' || a.fate === 'refused') &&
    value === final
  )
    return true;
  return left.some((a) => {
    if (a.fate === 'failed' || a.fate === 'refused') return false;
    const ends = (x: Attempt): number => (x.fate === 'lost' || x.fate === 'later' ? Infinity : x.op.t1);
    if (left.some((x) => x !== a && x.fate !== 'failed' && x.fate !== 'refused' && ends(x) < a.op.t0)) return false;
    const is = value === undefined ? 'accepted' : value === a.content ? 'duplicate' : 'conflict';
    const fits =
      a.fate === 'taken' ||
      a.fate === 'lost' ||
      a.fate === 'later' ||
      a.fate === is ||
      (a.fate === 'present' && is !== 'conflict');
    return (
      fits &&
      anyOrder(
        left.filter((x) => x !== a),
        value ?? a.content,
        final,
      )
    );
  });
}

test('the register says what trying all orders says, for 20,000 small histories', () => {
  const random = randomBySeed(7),
    fates: Fate[] = ['accepted', 'duplicate', 'present', 'conflict', 'taken', 'refused', 'failed', 'later', 'lost'];
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  let possible = 0;
  for (let i = 0; i < 20000; i++) {
    const attempts = Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
      const t0 = Math.floor(random() * 10) * 10,
        lost = 1 + Math.floor(random() * 30);
      const fate = pick(fates);
      return attempt(fate, pick(['a', 'b']), t0, t0 + lost);
    });
    const final = pick(['a', 'b', undefined]);
    const wanted = anyOrder(attempts, undefined, final);
    if (wanted) possible++;
    assert.equal(
      canBe(attempts, final),
      wanted,
      JSON.stringify([final, attempts.map((a) => [a.fate, a.content, a.op.t0, a.op.t1])]),
    );
  }
  assert.ok(possible > 2000 && possible < 18000, `${possible} of 20000 are possible`);
});

test('a moment is the same moment in every way of writing it', () => {
  const random = randomBySeed(3);
  for (let i = 0; i < 5000; i++) {
    const t = T0 + Math.floor(random() * 180000),
      text = writeTime(t, random);
    const [, minute = '', second = '', rest = ''] = /^(.*T\d\d:\d\d:)(\d\d)(.*)$/.exec(text) ?? [];
    const read = second === '60' ? Date.parse(`${minute}59${rest}`) + 1000 : Date.parse(text);
    assert.equal(read, t, text);
  }
  assert.notEqual(contentOf(line(1)), contentOf(line(1, { out: 1 })));
});
