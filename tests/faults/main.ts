// Each allocation and each call of the system on the way of every request fails once. See run --help.
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { tested } from '../api/lib.ts';
import { Bench } from './bench.ts';
import { CASES } from './cases.ts';
import { DISK, KINDS, MEMORY, NET } from './gauge.ts';
import type { Aim, Kind } from './gauge.ts';
import { STARTS, starts } from './starts.ts';
import { Tallies, Turns } from './turns.ts';
import type { Tried } from './turns.ts';
import { WAYS } from './ways.ts';

const { values: o } = parseArgs({ options: { all: { type: 'boolean', default: false }, only: { type: 'string', default: '' },
  seconds: { type: 'string' }, kinds: { type: 'string', default: 'memory,net,disk' }, depth: { type: 'string' } } });

function routesOf(): string[] {
  const api = JSON.parse(execFileSync(tested, ['openapi'], { encoding: 'utf8' })) as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(api.paths).flatMap(([where, methods]) => Object.keys(methods)
    .filter((m) => ['get', 'post', 'put', 'delete'].includes(m)).map((m) => `${m.toUpperCase()} ${where}`));
}

const GROUPS: Record<string, readonly Kind[]> = { memory: MEMORY, net: NET, disk: DISK };
const kinds = KINDS.filter((k) => o.kinds.split(',').some((g) => g === k || GROUPS[g]?.includes(k)));
const seconds = Number(o.seconds ?? (o.all ? 86400 : 120));
const MEETING_MS = 500; // what each part may take at least
const REQUESTS_SHARE = 0.65; // of the time; the starts and the end have the rest
let passed = 0, failed = 0, cut = 0;
const faultsOf = new Map<string, number>();

interface Pass { with: string; kinds: Kind[]; depth: number }

const say = (good: boolean, line: string): void => {
  console.log(`${good ? 'ok    ' : 'not ok'} ${line}`);
  if (good) passed++; else failed++;
};

// Time for some parts: each may take three times its share of what is left, so that the last ones have theirs too.
class Clock {
  constructor(private readonly end: number, private left: number) {}

  next(): number {
    const now = Date.now();
    return now + Math.max(MEETING_MS, Math.min(1, 3 / Math.max(1, this.left--)) * (this.end - now));
  }
}

// One thing that is tried with faults; what was found stands below its line.
// `quiet`: it may be that no such call lies on its way (who reads what is in memory asks no disk); then it is not counted.
async function part(bench: Bench, name: string, quiet: boolean, clock: Clock, run: (last: number) => Promise<Tried>): Promise<void> {
  const last = clock.next();
  if (!name.includes(o.only)) return;
  const before = bench.findings.length, began = Date.now();
  const tried = await run(last).catch((e: unknown): Tried => {
    bench.find(undefined, String(e));
    return { faults: 0, met: 0, complete: true };
  });
  if (tried.met === 0 && bench.findings.length === before) {
    if (quiet) { console.log(`none   ${name}: no such call`); return; }
    bench.find(undefined, 'it met no call that could have failed: the test does nothing');
  }
  const found = bench.findings.slice(before);
  const line = `${name}: ${tried.faults} faults in ${tried.met} calls, ${((Date.now() - began) / 1000).toFixed(1)} s`;
  faultsOf.set(name, tried.faults);
  if (!tried.complete) cut++;
  // Each part has one turn at the least: with no fault in it, all that lies on its way had failed before.
  say(found.length === 0, `${line}${tried.faults === 0 ? ', each of them failed before' : tried.complete ? '' : ', cut off by the clock'}`);
  for (const f of found) console.log(`  ${f.what}\n    ${f.where}`);
}

// Something that holds with nothing failing.
async function holds(bench: Bench, name: string, run: () => Promise<void>): Promise<void> {
  const before = bench.findings.length;
  await run().catch((e: unknown) => bench.find(undefined, String(e)));
  const found = bench.findings.slice(before);
  say(found.length === 0, name);
  for (const f of found) console.log(`  ${f.what}\n    ${f.where}`);
}

const partsOf = (): string[] => [...routesOf(), ...Object.keys(WAYS).filter((w) => !/^[A-Z]+ \/api/.test(w))];

async function requests(bench: Bench, tallies: Tallies, pass: Pass, clock: Clock, scope: number): Promise<void> {
  for (const [index, name] of partsOf().entries()) {
    const aim: Aim = { kinds: pass.kinds, depth: pass.depth, scope: o.all ? scope + index : 0 };
    const make = CASES[name], way = WAYS[name];
    await part(bench, `${name}${pass.with}`, pass.with !== '', clock, async (last) => {
      const turns = new Turns(bench, tallies, last);
      if (make !== undefined) return turns.route(name, make, aim);
      if (way !== undefined) return turns.way(name, way, aim);
      bench.find(undefined, 'it has no case in cases.ts or ways.ts');
      return { faults: 0, met: 0, complete: true };
    });
  }
}

// What a run must have met to be one: else it fails, however few mistakes it found.
function minimum(tallies: Tallies): void {
  if (o.only !== '') return;
  for (const [group, members] of Object.entries(GROUPS)) {
    const faults = [...tallies.of].filter(([kind]) => members.some((m) => m === kind)).reduce((sum, [, t]) => sum + t.faults, 0);
    if (members.some((m) => kinds.includes(m))) say(faults >= 20, `${faults} faults of ${group} (20 at the least)`);
  }
  for (const { name } of STARTS) say((faultsOf.get(name) ?? 0) >= 3, `${faultsOf.get(name) ?? 0} faults in ${name} (3 at the least)`);
}

async function main(): Promise<void> {
  const tallies = new Tallies(), bench = await new Bench().begin(), began = Date.now();
  const depth = (few: number): number => Number(o.depth ?? (o.all ? 40 : few));
  const passes: Pass[] = [{ with: '', kinds: kinds.filter((k) => !DISK.includes(k)), depth: depth(3) },
    { with: ' (disk)', kinds: kinds.filter((k) => DISK.includes(k)), depth: depth(2) }].filter((p) => p.kinds.length > 0);
  try {
    const share = o.all ? 1 : REQUESTS_SHARE, clock = new Clock(began + share * seconds * 1000, passes.length * partsOf().length);
    for (const [i, pass] of passes.entries()) await requests(bench, tallies, pass, clock, 100 * i);
    await holds(bench, 'ended in order', () => bench.stop());
    const late = o.all ? seconds * 1000 : (1 - REQUESTS_SHARE) * seconds * 1000;
    for (const [i, kind] of STARTS.entries()) {
      const own = new Clock(Date.now() + late / STARTS.length, 1);
      const aim: Aim = { kinds, depth: depth(2), scope: 2000 + i };
      await part(bench, kind.name, false, own, (last) => starts(bench, kind, aim, tallies, last));
    }
    await holds(bench, 'all that was acknowledged is there', () => bench.back());
  } finally {
    bench.end();
  }
  console.table(Object.fromEntries(tallies.of));
  minimum(tallies);
  console.log(`${tallies.faults} faults over ${routesOf().length} routes, ${bench.restarts} restarts; `
    + `${cut} parts cut off by the clock, --all goes to their ends`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
