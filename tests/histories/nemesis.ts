// What goes wrong, by seed: first each of the chosen faults once in some order, then any of them, until the time is over.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Machine } from './machine.ts';
import type { Proxy, Random } from './proxy.ts';
import type { Recorder } from './history.ts';

export const FAULTS = ['kill', 'stop', 'starve', 'clock', 'proxy', 'full', 'sync'] as const;
export type FaultName = (typeof FAULTS)[number];

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

// Some machines (containers) let not even root do these.
function mounts(): boolean {
  const script = 'mount -t tmpfs -o size=1m cordon /mnt';
  return spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], { stdio: 'ignore' }).status === 0;
}
function traces(): boolean {
  const script = 'sleep 5 & p=$!; timeout -s INT 1 strace -qq -o /dev/null -p $p; told=$?; kill $p; exit $told';
  return spawnSync('sh', ['-c', script], { stdio: 'ignore' }).status === 124; // it was at work until its time was over
}

// Faults that this machine does not allow, with the reason.
export function impossible(wanted: FaultName[]): Map<FaultName, string> {
  const no = new Map<FaultName, string>();
  const root = process.getuid?.() === 0;
  if (wanted.includes('full') && !root) no.set('full', 'a small disk needs root (mount)');
  else if (wanted.includes('full') && !mounts()) no.set('full', 'a small disk cannot be mounted here');
  if (wanted.includes('sync') && !existsSync('/usr/bin/strace')) no.set('sync', 'strace is not installed');
  else if (wanted.includes('sync') && !traces()) no.set('sync', 'strace may not attach to a process here');
  return no;
}

export interface NemesisOptions {
  machine: Machine;
  proxies: Proxy[];
  recorder: Recorder;
  random: Random;
  faults: FaultName[];
}

// How far the wall clock jumps; and one that forgot the date.
const HOUR_MS = 3600e3;
const JUMPS: [string, () => number][] = [
  ['+1 h', () => HOUR_MS],
  ['-1 h', () => -HOUR_MS],
  ['1970', () => 10e3 - Date.now()],
  ['-1 s, a leap second', () => -1000],
  ['+1 s', () => 1000],
  ['-61 s', () => -61e3],
  ['+25 h', () => 25 * HOUR_MS],
];

export class Nemesis {
  readonly done = new Map<string, number>();
  constructor(private readonly o: NemesisOptions) {}

  private between(low: number, high: number): number {
    return low + this.o.random() * (high - low);
  }
  private tell(what: string): void {
    this.o.recorder.fault(what);
  }
  private count(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }

  async run(for_ms: number): Promise<void> {
    const { faults, random } = this.o,
      end = performance.now() + for_ms;
    const once = [...faults]
      .map((f) => ({ f, key: random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ f }) => f);
    await pause(this.between(300, 1000));
    while (faults.length > 0 && (once.length > 0 || performance.now() < end)) {
      const fault = once.shift() ?? faults[Math.floor(random() * faults.length)] ?? 'kill';
      this.count(fault);
      await this[fault]();
      await pause(this.between(100, 1200));
    }
    if (performance.now() < end) await pause(end - performance.now());
  }

  private async kill(): Promise<void> {
    if (this.o.random() < 0.3) await this.terminate();
    else {
      this.tell('kill -9');
      await this.o.machine.kill();
    }
    await pause(this.o.random() ** 3 * 600);
    await this.o.machine.start();
    this.tell('started');
    this.count('lives');
  }

  // A clean stop, which writes a snapshot; or one in the middle of which the power goes.
  private async terminate(): Promise<void> {
    const { machine, random } = this.o;
    this.count('SIGTERM');
    if (random() < 0.5) {
      this.tell('SIGTERM');
      const code = await machine.stop();
      if (code !== 0) machine.died.push(`SIGTERM ended with ${code}:\n${machine.log.slice(-4000)}`);
    } else {
      const for_ms = random() ** 2 * 120;
      this.tell(`SIGTERM, and kill -9 after ${Math.round(for_ms)} ms`);
      machine.terminate();
      await pause(for_ms);
      await machine.kill();
    }
  }

  private async stop(): Promise<void> {
    const for_ms = 100 + this.o.random() ** 3 * 7900;
    this.tell(`SIGSTOP for ${Math.round(for_ms)} ms`);
    this.o.machine.freeze();
    await pause(for_ms);
    if (this.o.random() < 0.2) {
      await this.kill();
      return;
    }
    this.o.machine.thaw();
    this.tell('SIGCONT');
  }

  private async starve(): Promise<void> {
    const for_ms = this.between(800, 2500);
    this.tell(`starved for ${Math.round(for_ms)} ms`);
    const feed = this.o.machine.starve();
    // And beside the full cores: it runs one moment of ten.
    for (let left = for_ms; left > 0; left -= 100) {
      this.o.machine.freeze();
      await pause(85);
      this.o.machine.thaw();
      await pause(15);
    }
    feed();
    this.tell('fed');
  }

  private async clock(): Promise<void> {
    const [word, ahead_ms] = JUMPS[Math.floor(this.o.random() * JUMPS.length)] ?? ['0', () => 0];
    this.tell(`the wall clock jumps: ${word}`);
    this.count(`clock ${word}`);
    this.o.machine.setWall(ahead_ms());
    await pause(this.between(200, 2500));
    if (this.o.random() < 0.5) {
      await this.kill();
      await pause(this.between(200, 1500));
    }
    this.o.machine.setWall(0);
    this.tell('the wall clock is right');
    if (this.o.random() < 0.3) await this.kill();
  }

  private async proxy(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      this.tell('all lines are cut');
      for (const p of this.o.proxies) p.cutAll();
      await pause(this.between(50, 700));
    }
  }

  private async full(): Promise<void> {
    this.tell('the disk is full');
    const empty = this.o.machine.fill();
    await pause(this.between(500, 2500));
    if (this.o.random() < 0.3) await this.killAndEmpty(empty);
    empty();
    this.tell('the disk has room');
  }

  // It starts on a full disk, or it does when there is room again.
  private async killAndEmpty(empty: () => void): Promise<void> {
    this.tell('kill -9 on the full disk');
    await this.o.machine.kill();
    const late = setTimeout(empty, 1500);
    await this.o.machine.start();
    clearTimeout(late);
    this.count('lives');
  }

  private async sync(): Promise<void> {
    const n = 1 + Math.floor(this.o.random() * 20);
    this.tell(`each fdatasync from the ${n}th on fails`);
    const heal = await this.o.machine.failSync(n);
    await pause(this.between(800, 2500));
    await heal();
    this.tell('fdatasync works');
    // A journal that failed stays refused until the next start, though the disk works again.
    await pause(this.between(0, 800));
    await this.kill();
  }
}
