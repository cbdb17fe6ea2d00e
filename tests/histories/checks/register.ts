// Each identity is a register that is written once. The first content wins; the same is a duplicate; another is a conflict.
// Is there an order of the attempts, each within its own time, that explains every answer and what is there at the end?
//
// With a register that is written once, the order matters only in who was first: any attempt that carried the final content
// may have been, if nothing that was answered before it began says otherwise. (checks.test.ts tries all orders.)
import { contentOf, identityOf } from '../history.ts';
import type { History } from '../history.ts';
import { Findings, attemptsOf, conflictsOf, countEach, mayCount, passagesOf, settles } from './verdict.ts';
import type { Attempt, Verdict } from './verdict.ts';

// `final`: the content at the end, undefined when there is none.
export function canBe(attempts: Attempt[], final: string | undefined): boolean {
  if (final === undefined) return !attempts.some((a) => settles(a.fate));
  const saysSame = (a: Attempt): boolean => a.fate === 'accepted' || a.fate === 'duplicate' || a.fate === 'present';
  if (attempts.some((a) => saysSame(a) && a.content !== final)) return false;
  if (attempts.some((a) => a.fate === 'conflict' && a.content === final)) return false;
  const accepted = attempts.filter((a) => a.fate === 'accepted');
  if (accepted.length > 1) return false;
  const could =
    accepted.length === 1
      ? accepted
      : attempts.filter((a) => a.content === final && mayCount(a.fate) && a.fate !== 'duplicate');
  // One body answers all its lines at once: within it, their own order is known.
  return could.some((first) =>
    attempts.every(
      (a) =>
        a === first ||
        !settles(a.fate) ||
        (a.op === first.op ? attempts.indexOf(a) > attempts.indexOf(first) : a.op.t1 >= first.op.t0),
    ),
  );
}

export function checkRegister(h: History): Verdict {
  const found = new Findings('register');
  const final = new Map(passagesOf(h).map((l) => [identityOf(l), contentOf(l)]));
  const aside = conflictsOf(h);
  const asideTimes = countEach(aside.map((l) => `${identityOf(l)} ${contentOf(l)}`));
  for (const [identity, attempts] of attemptsOf(h)) {
    const content = final.get(identity);
    found.holds(
      canBe(attempts, content),
      () =>
        `${identity}: no order explains ${attempts
          .map((a) => `${a.op.n}:${a.fate}(${a.content})`)
          .join(', ')} with ${content ?? 'nothing'} at the end`,
    );
    const others = new Map<string, { sure: number; may: number }>();
    for (const a of attempts) {
      const o = others.get(a.content) ?? { sure: 0, may: 0 };
      if (a.fate === 'conflict' || (a.fate === 'taken' && a.content !== content)) o.sure++;
      else if (a.content !== content && (a.fate === 'lost' || a.fate === 'later')) o.may++;
      others.set(a.content, o);
    }
    for (const [c, { sure, may }] of others) {
      const n = asideTimes.get(`${identity} ${c}`) ?? 0;
      found.holds(
        n >= sure && n <= sure + may,
        () => `${identity}: ${n} conflicts kept aside with ${c}, told were ${sure} (and ${may} unknown)`,
      );
    }
  }
  const sent = attemptsOf(h);
  for (const l of aside) found.holds(sent.has(identityOf(l)), () => `a conflict of ${identityOf(l)} that nobody sent`);
  return found.verdict();
}
