// Faults while the server starts and ends: it says why it cannot and ends with 1, or it runs; nothing of the data is lost.
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { tail } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Aim } from './gauge.ts';
import type { Tallies, Tried } from './turns.ts';

interface Ended { code: number | null; ready: boolean; log: string }

// One life: until it is ready (then it is asked to end) or has ended by itself. `whenReady` may still set a fault.
async function life(bench: Bench, data: string, plain: boolean, whenReady: () => void): Promise<Ended> {
  const ready = path.join(bench.server.top, 'ready-of-start.json');
  rmSync(ready, { force: true });
  const child = spawn(bench.server.binary, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--mqtt', '127.0.0.1:0', '--ready', ready,
    ...(plain ? ['--plain'] : [])], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...bench.server.env } });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let log = '', over = false, isReady = false;
  void exited.then(() => { over = true; });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (d: string) => { log += d; });
  const limit = setTimeout(() => child.kill('SIGKILL'), 60000);
  while (!over && !isReady) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    isReady = existsSync(ready) && readFileSync(ready, 'utf8').endsWith('}\n');
  }
  if (isReady) { whenReady(); child.kill('SIGTERM'); }
  const [code] = await exited;
  clearTimeout(limit);
  return { code, ready: isReady, log };
}

export interface StartKind { name: string; fresh: boolean; plain: boolean; stop: boolean }
export const STARTS: StartKind[] = [
  { name: 'the first start, with TLS', fresh: true, plain: false, stop: false },
  { name: 'a start with sessions', fresh: false, plain: true, stop: false },
  { name: 'the end', fresh: false, plain: true, stop: true },
];

// The bench's server must not run meanwhile.
export async function starts(bench: Bench, kind: StartKind, aim: Aim, tallies: Tallies, end: number): Promise<Tried> {
  const fresh = path.join(bench.server.top, 'fresh');
  let faults = 0, met = 0, still = 0;
  for (let lives = 0; still < 1 && (lives === 0 || Date.now() < end); lives++) {
    if (kind.fresh) {
      rmSync(fresh, { recursive: true, force: true });
      mkdirSync(fresh, { mode: 0o700 });
    }
    if (kind.stop) bench.gauge.rest(); else bench.gauge.aim(aim);
    const ended = await life(bench, kind.fresh ? fresh : bench.server.data, kind.plain, () => { if (kind.stop) bench.gauge.aim(aim); });
    const fault = bench.gauge.rest();
    met += bench.gauge.met;
    if (fault === undefined) still++;
    else {
      faults++;
      tallies.add(fault, { is: 'answered', status: ended.ready ? 200 : 500, code: '', text: '' });
    }
    const good = ended.ready ? ended.code === 0 : fault !== undefined && ended.code === 1 && /cordon serve: |error/.test(ended.log);
    if (!good) bench.find(fault, `${kind.name}: ${ended.ready ? 'ready, then ' : ''}ended with ${ended.code}:\n${tail(ended.log)}`);
  }
  return { faults, met, complete: still > 0 };
}
