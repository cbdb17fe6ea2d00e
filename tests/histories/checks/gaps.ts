// What a device numbered and never sent shows as missing, to the number; every conflict shows, in the list and at its device.
import { contentOf, identityOf } from '../history.ts';
import type { History } from '../history.ts';
import { Findings, conflictsOf, countEach, passagesOf } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const SHOWN_MAX = 256; // conflicts that the list holds

// Numbers between the first and the newest of each boot that never came.
export function missingBy(lines: { device: string; boot: number; seq: number }[]): Map<string, number> {
  const boots = new Map<string, Set<number>>();
  for (const l of lines) {
    const key = `${l.device} ${l.boot}`,
      seqs = boots.get(key) ?? new Set<number>();
    boots.set(key, seqs.add(l.seq));
  }
  const missing = new Map<string, number>();
  for (const [key, seqs] of boots) {
    const device = key.slice(0, key.lastIndexOf(' '));
    let first = Infinity,
      newest = -Infinity;
    for (const s of seqs) {
      first = Math.min(first, s);
      newest = Math.max(newest, s);
    }
    missing.set(device, (missing.get(device) ?? 0) + newest - first + 1 - seqs.size);
  }
  return missing;
}

export function checkGaps(h: History): Verdict {
  const found = new Findings('gaps'),
    f = h.final;
  if (f === null) {
    found.holds(false, () => 'there is no last state');
    return found.verdict();
  }
  const missing = missingBy(passagesOf(h)),
    aside = conflictsOf(h),
    conflicts = countEach(aside.map((l) => l.device));
  for (const d of f.devices) {
    found.holds(
      d.missing === (missing.get(d.id) ?? 0),
      () => `${d.id} misses ${d.missing}, by our own count ${missing.get(d.id) ?? 0}`,
    );
    found.holds(
      d.conflicts === (conflicts.get(d.id) ?? 0),
      () => `${d.id} has ${d.conflicts} conflicts, by our own count ${conflicts.get(d.id) ?? 0}`,
    );
  }
  const shown = new Set(f.devices.map((d) => d.id));
  for (const id of missing.keys()) found.holds(shown.has(id), () => `${id} sent, and shows nowhere`);
  found.holds(
    f.conflicts.count === aside.length,
    () => `${f.conflicts.count} conflicts in the list, ${aside.length} were kept aside`,
  );
  const newest = aside.slice(-SHOWN_MAX);
  found.holds(
    f.conflicts.conflicts.length === newest.length,
    () => `${f.conflicts.conflicts.length} conflicts are shown, not ${newest.length}`,
  );
  f.conflicts.conflicts.forEach((c, i) => {
    const line = {
      ...c,
      at: Date.parse(c.at),
      in: c.in ?? c.in_total ?? 0,
      out: c.out ?? c.out_total ?? 0,
      totals: c.in_total !== undefined,
    };
    const wanted = newest[i];
    found.holds(
      wanted !== undefined && identityOf(line) === identityOf(wanted) && contentOf(line) === contentOf(wanted),
      () => `conflict ${i} is shown as ${identityOf(line)} ${contentOf(line)}`,
    );
  });
  return found.verdict();
}
