// What operators did: acknowledged is written once, refused is not written, unknown once at most; lanes stand as last written.
import type { History, JournalRow } from '../history.ts';
import { Findings, countEach } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const laneKey = (r: JournalRow): string => `${r.checkpoint}/${r.lane_number}/${r.open === true ? 'open' : 'closed'}`;

export function checkOperators(h: History): Verdict {
  const found = new Findings('operators'),
    rows = h.final?.journal ?? [];
  const recounts = countEach(rows.filter((r) => r.kind === 'recount').map((r) => r.reason ?? ''));
  const lanes = countEach(rows.filter((r) => r.kind === 'lane').map(laneKey));
  const plans = countEach(rows.filter((r) => r.kind === 'plan').map((r) => String(r.version)));
  const told = new Map<string, { sure: number; may: number }>();
  let plansSure = 1,
    plansMay = 0; // the first is the session's own
  for (const op of h.ops) {
    if (op.f === 'recount') {
      const n = recounts.get(op.key) ?? 0;
      const good = op.phase === 'ok' ? n === 1 : op.phase === 'fail' ? n === 0 : n <= 1;
      found.holds(good, () => `recount ${op.key} (${op.phase} ${op.code}) is written ${n} times`);
    } else if (op.f === 'lane') {
      const t = told.get(op.key) ?? { sure: 0, may: 0 };
      if (op.phase === 'ok') t.sure++;
      else if (op.phase !== 'fail') t.may++;
      told.set(op.key, t);
    } else if (op.f === 'plan') {
      if (op.phase === 'ok') {
        plansSure++;
        found.holds(
          plans.get(op.key) === 1,
          () => `plan ${op.key} was put in force and is written ${plans.get(op.key) ?? 0} times`,
        );
      } else if (op.phase !== 'fail') plansMay++;
    }
  }
  for (const [key, { sure, may }] of told) {
    const n = lanes.get(key) ?? 0;
    found.holds(
      n >= sure && n <= sure + may,
      () => `lane ${key} is written ${n} times, told were ${sure} (and ${may} unknown)`,
    );
  }
  const count = rows.filter((r) => r.kind === 'plan').length;
  found.holds(
    count >= plansSure && count <= plansSure + plansMay,
    () => `${count} plans, told were ${plansSure} (and ${plansMay} unknown)`,
  );
  rows
    .filter((r) => r.kind === 'plan')
    .forEach((r, i) => found.holds(r.version === i + 1, () => `plan ${i + 1} has version ${r.version}`));
  const last = new Map<string, boolean>();
  for (const r of rows) if (r.kind === 'lane') last.set(`${r.checkpoint}/${r.lane_number}`, r.open === true);
  for (const l of h.final?.lanes ?? []) {
    const set = last.get(`${l.checkpoint}/${l.lane}`);
    if (set !== undefined)
      found.holds(l.open === set, () => `lane ${l.checkpoint}/${l.lane} is ${l.open}, last set to ${set}`);
  }
  return found.verdict();
}
