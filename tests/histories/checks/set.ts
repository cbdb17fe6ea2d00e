// Acknowledged is there exactly once; refused left nothing; unknown is there once or not at all, whole; nothing is there that
// nobody sent. The answers' own counts add up.
import { identityOf } from '../history.ts';
import type { History, Send } from '../history.ts';
import { Findings, attemptsOf, contentAmong, countEach, mayCount, passagesOf, settles } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export function checkSet(h: History): Verdict {
  const found = new Findings('set');
  const journal = passagesOf(h),
    times = countEach(journal.map(identityOf)),
    attempts = attemptsOf(h);
  for (const [identity, list] of attempts) {
    const n = times.get(identity) ?? 0;
    if (list.some((a) => settles(a.fate)))
      found.holds(n === 1, () => `${identity} was acknowledged and is there ${n} times`);
    else if (list.some((a) => mayCount(a.fate))) found.holds(n <= 1, () => `${identity} is there ${n} times`);
    else found.holds(n === 0, () => `${identity} was refused each time and is there ${n} times`);
  }
  for (const line of journal) {
    found.holds(
      contentAmong(line, attempts.get(identityOf(line))),
      () => `${identityOf(line)} is there as nobody sent it`,
    );
  }
  let number = 0;
  for (const row of h.final?.journal ?? [])
    found.holds(row.number === ++number, () => `record ${row.number} stands at ${number}`);
  checkAnswers(h, found);
  return found.verdict();
}

function checkAnswers(h: History, found: Findings): void {
  const before = new Map<string, Send>(); // by client: its last body, when nobody knew what became of it
  for (const op of h.ops) {
    if (op.f !== 'send') continue;
    const last = before.get(op.client);
    before.delete(op.client);
    if (op.phase === 'unknown' && op.whole)
      before.set(op.client, last !== undefined && last.lines === op.lines && last.whole ? last : op);
    if (op.phase !== 'ok' || op.via === 'mqtt') continue;
    const told = op.accepted + op.duplicate + op.refused.length;
    found.holds(told === op.lines.length, () => `op ${op.n}: ${op.lines.length} lines, ${told} told`);
    // The same body again: the first was taken whole or not at all.
    if (last === undefined || last.lines !== op.lines || new Set(op.lines.map(identityOf)).size < op.lines.length)
      continue;
    if (op.refused.length > 0 || last.lines.some((l) => !onlyIn(h, last, op, identityOf(l)))) continue;
    found.holds(
      op.accepted === 0 || op.duplicate === 0,
      () => `op ${last.n} was taken in part: sent again as ${op.n}, ${op.accepted} are new and ${op.duplicate} are not`,
    );
  }
}

// Nobody else sent this identity before: only then do the numbers speak of this one body.
function onlyIn(h: History, first: Send, again: Send, identity: string): boolean {
  return (attemptsOf(h).get(identity) ?? []).every((a) => a.op.n > again.n || a.op.lines === first.lines);
}
