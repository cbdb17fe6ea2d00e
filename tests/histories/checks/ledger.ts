// An own count: from what was acknowledged, people by checkpoint, zone, minute and device. It equals what the server says.
import { contentOf, identityOf } from '../history.ts';
import type { Final, History, Line } from '../history.ts';
import { digestOf } from './revisions.ts';
import { Findings, attemptsOf, passagesOf } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import type { Way } from './bank.ts';

interface Booked {
  line: Line;
  in: number;
  out: number;
}

// The content that counts: the one that was told to be there; where only a PUBACK or nothing was told, the journal's.
function counted(h: History): Line[] {
  const journal = new Map(passagesOf(h).map((l) => [identityOf(l), l]));
  const lines: Line[] = [];
  for (const [identity, attempts] of attemptsOf(h)) {
    const told = attempts.find((a) => a.fate === 'accepted' || a.fate === 'duplicate' || a.fate === 'present');
    const line = told?.line ?? journal.get(identity);
    if (line !== undefined) lines.push(line);
  }
  return lines;
}

// Running totals, of one boot and sent in order. A device that is heard from its first number on counts from zero; one that is
// first heard in mid-life only sets its base.
export function book(lines: Line[]): Booked[] {
  const booked: Booked[] = lines.filter((l) => !l.totals).map((line) => ({ line, in: line.in, out: line.out }));
  const last = new Map<string, Line>();
  for (const line of lines.filter((l) => l.totals).sort((a, b) => a.seq - b.seq)) {
    const before = last.get(line.device) ?? (line.seq <= 1 ? { in: 0, out: 0 } : line);
    booked.push({ line, in: line.in - before.in, out: line.out - before.out });
    last.set(line.device, line);
  }
  return booked;
}

export function checkLedger(h: History, ways: Record<string, Way>): Verdict {
  const found = new Findings('ledger'),
    f = h.final;
  if (f === null) {
    found.holds(false, () => 'there is no last state');
    return found.verdict();
  }
  const booked = book(counted(h));
  const gates: Record<string, { in: number; out: number }> = {},
    zones: Record<string, number> = {};
  for (const b of booked) {
    const way = ways[b.line.checkpoint],
      gate = (gates[b.line.checkpoint] ??= { in: 0, out: 0 });
    gate.in += b.in;
    gate.out += b.out;
    if (way === undefined) continue;
    zones[way.from] = (zones[way.from] ?? 0) - b.in + b.out;
    zones[way.to] = (zones[way.to] ?? 0) + b.in - b.out;
  }
  for (const [id, way] of Object.entries(ways)) {
    const mine = gates[id] ?? { in: 0, out: 0 },
      theirs = f.counters.checkpoints[id];
    found.holds(
      theirs?.in === mine.in && theirs.out === mine.out,
      () =>
        `${id} (${way.from} to ${way.to}) counts ${JSON.stringify(theirs)}, by our own count ${JSON.stringify(mine)}`,
    );
  }
  for (const [id, ppl] of Object.entries(f.counters.zones)) {
    found.holds((zones[id] ?? 0) === ppl, () => `${id} holds ${ppl}, by our own count ${zones[id] ?? 0}`);
  }
  found.holds(
    f.counters.passages === booked.length,
    () => `${f.counters.passages} passages, by our own count ${booked.length}`,
  );
  checkFlow(f, booked, found);
  checkDevices(h, booked, found);
  found.holds(
    digestOf(f.counters) === digestOf(f.again),
    () => `after the last start the state is ${digestOf(f.again)}, before it was ${digestOf(f.counters)}`,
  );
  return found.verdict();
}

function checkFlow(f: Final, booked: Booked[], found: Findings): void {
  const mine = new Map<string, number>();
  for (const b of booked) {
    const minute = Math.floor(b.line.at / 60000);
    for (const [word, n] of [
      ['in', b.in],
      ['out', b.out],
    ] as const) {
      if (n !== 0)
        mine.set(
          `${b.line.checkpoint} ${word} ${minute}`,
          (mine.get(`${b.line.checkpoint} ${word} ${minute}`) ?? 0) + n,
        );
    }
  }
  const first = Date.parse(f.flow.from) / 60000;
  for (const c of f.flow.checkpoints) {
    for (const word of ['in', 'out'] as const) {
      c[word].forEach((n, i) => {
        const key = `${c.id} ${word} ${first + i}`,
          own = mine.get(key) ?? 0;
        if (n !== 0 || own !== 0) found.holds(n === own, () => `flow ${key}: ${n}, by our own count ${own}`);
        mine.delete(key);
      });
    }
  }
  for (const [key, own] of mine) found.holds(own === 0, () => `flow ${key}: nothing, by our own count ${own}`);
}

function checkDevices(h: History, booked: Booked[], found: Findings): void {
  const sum = (lines: Line[]): Map<string, string> => {
    const by = new Map<string, { n: number; in: number; out: number }>();
    for (const l of lines) {
      const d = by.get(l.device) ?? { n: 0, in: 0, out: 0 };
      by.set(l.device, { n: d.n + 1, in: d.in + l.in, out: d.out + l.out });
    }
    return new Map([...by].map(([id, d]) => [id, JSON.stringify(d)]));
  };
  const mine = sum(booked.map((b) => b.line)),
    theirs = sum(passagesOf(h));
  for (const id of new Set([...mine.keys(), ...theirs.keys()])) {
    found.holds(
      mine.get(id) === theirs.get(id),
      () => `${id} is written as ${theirs.get(id)}, by our own count ${mine.get(id)}`,
    );
  }
  const journal = new Map(passagesOf(h).map((l) => [identityOf(l), contentOf(l)]));
  for (const b of booked) {
    const is = journal.get(identityOf(b.line));
    found.holds(
      is === contentOf(b.line),
      () => `${identityOf(b.line)} was told to be ${contentOf(b.line)} and is written as ${is}`,
    );
  }
}
