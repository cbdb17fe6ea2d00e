// Refusals are those that the faults explain; everything else that is not an answer is a finding. The keeper's answers hold
// at least what was acknowledged before they were asked for.
import type { History } from '../history.ts';
import { Findings, attemptsOf } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const ALWAYS = [
  'connect',
  'passage.conflict',
  'passage.unknown_device',
  'passage.unknown_checkpoint',
  'busy',
  'http.timeout',
  'history.range',
];

export function checkAnswers(h: History, allowed: string[]): Verdict {
  const found = new Findings('answers');
  const good = new Set([...ALWAYS, ...allowed]);
  for (const op of h.ops) {
    if (op.phase === 'fail')
      found.holds(good.has(op.code), () => `op ${op.n} (${op.f} of ${op.client}) was refused: ${op.code}`);
    if (op.f === 'send')
      for (const r of op.refused) found.holds(good.has(r.code), () => `op ${op.n}, line ${r.line}: ${r.code}`);
  }
  const acks: number[] = [];
  for (const list of attemptsOf(h).values()) {
    const t = Math.min(
      ...list.filter((a) => ['accepted', 'duplicate', 'present', 'taken'].includes(a.fate)).map((a) => a.op.t1),
    );
    if (t !== Infinity) acks.push(t);
  }
  acks.sort((a, b) => a - b);
  let n = 0;
  const counts = h.ops
    .flatMap((op) => (op.f === 'journal' && op.phase === 'ok' ? [op] : []))
    .sort((a, b) => a.t0 - b.t0);
  for (const op of counts) {
    while (n < acks.length && (acks[n] ?? Infinity) < op.t0) n++;
    found.holds(
      op.count >= n,
      () => `op ${op.n} reads up to record ${op.count}, but ${n} passages were acknowledged before`,
    );
  }
  return found.verdict();
}
