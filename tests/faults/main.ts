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
const seconds = Number(o.seconds ?? (o.all ? 86400 : 80));
const end = Date.now() + seconds * 1000;
let passed = 0, failed = 0;

interface Pass { with: string; kinds: Kind[]; depth: number }

// One thing that is tried with faults; what was found stands below its line.
async function part(bench: Bench, name: string, run: (last: number) => Promise<number>): Promise<void> {
  if (!name.includes(o.only)) return;
  const before = bench.findings.length, began = Date.now();
  const last = o.all ? end : Math.max(began + 500, Math.min(end, began + seconds * 1000 / 20));
  const faults = await run(last).catch((e: unknown) => { bench.find(undefined, String(e)); return 0; });
  const found = bench.findings.slice(before);
  const s = ((Date.now() - began) / 1000).toFixed(1);
  const cut = Date.now() >= last && !o.all ? ', cut off by the clock' : '';
  console.log(`${found.length === 0 ? 'ok    ' : 'not ok'} ${name}: ${faults} faults, ${s} s${cut}`);
  for (const f of found) console.log(`  ${f.what}\n    ${f.where}`);
  if (found.length === 0) passed++; else failed++;
}

async function requests(bench: Bench, tallies: Tallies, pass: Pass, scope: number): Promise<void> {
  for (const [index, name] of [...routesOf(), ...Object.keys(WAYS).filter((w) => !/^[A-Z]+ \/api/.test(w))].entries()) {
    const aim: Aim = { kinds: pass.kinds, depth: pass.depth, scope: o.all ? scope + index : 0 };
    const make = CASES[name], way = WAYS[name];
    await part(bench, `${name}${pass.with}`, async (last) => {
      const turns = new Turns(bench, tallies, last);
      if (make !== undefined) return turns.route(name, make, aim);
      if (way !== undefined) return turns.way(name, way, aim);
      bench.find(undefined, 'it has no case in cases.ts or ways.ts');
      return 0;
    });
  }
}

async function main(): Promise<void> {
  const tallies = new Tallies(), bench = await new Bench().begin();
  const depth = (few: number): number => Number(o.depth ?? (o.all ? 40 : few));
  const passes: Pass[] = [{ with: '', kinds: kinds.filter((k) => !DISK.includes(k)), depth: depth(3) },
    { with: ' (disk)', kinds: kinds.filter((k) => DISK.includes(k)), depth: depth(2) }];
  try {
    for (const [i, pass] of passes.entries()) if (pass.kinds.length > 0) await requests(bench, tallies, pass, 100 * i);
    await part(bench, 'ended in order', async () => { await bench.stop(); return 0; });
    for (const kind of STARTS) {
      await part(bench, kind.name, (last) => starts(bench, kind, { kinds, depth: depth(2), scope: 2000 }, tallies, last));
    }
    await part(bench, 'all that was acknowledged is there', async () => { await bench.back(); return 0; });
  } finally {
    bench.end();
  }
  console.table(Object.fromEntries(tallies.of));
  console.log(`${tallies.faults} faults over ${routesOf().length} routes, ${bench.restarts} restarts`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
