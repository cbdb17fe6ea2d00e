// The real server with everything that can be done to it: killed, stopped, starved, its wall clock set, its disk filled or failing.
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { cpus, getPriority, setPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { PASSWORD, release, root } from '../api/lib.ts';
import type { Recorder } from './history.ts';

const DISK_MIB = 96;
// Whatever is started here ends with this process, however that ends.
const BOUND = ['--pdeathsig', 'KILL'];

export interface MachineOptions {
  tls: boolean;
  small: boolean;
  recorder: Recorder;
}

export class Machine {
  readonly top = mkdtempSync(path.join(tmpdir(), 'cordon-history-'));
  readonly data = path.join(this.top, 'data');
  readonly tls: boolean;
  port = 0;
  mqttPort = 0;
  ca = '';
  log = '';
  died: string[] = []; // ends that nobody asked for
  private readonly recorder: Recorder;
  private readonly small: boolean;
  private readonly wall = path.join(this.top, 'wall');
  private readonly clock = path.join(this.top, 'wall.so');
  private holder: ChildProcess | undefined;
  private child: ChildProcess | undefined;
  private exited: Promise<unknown> = Promise.resolve();
  private wanted = false;
  private stopped = false;
  // While the server is up this is settled; whoever finds it gone waits for the next start.
  up: Promise<void> = Promise.resolve();
  private isUp: () => void = () => {};

  constructor(o: MachineOptions) {
    this.tls = o.tls;
    this.small = o.small;
    this.recorder = o.recorder;
    mkdirSync(this.data, { mode: 0o700 });
    writeFileSync(this.wall, Buffer.alloc(8));
    execFileSync('cc', [
      '-std=c17',
      '-O1',
      '-shared',
      '-fPIC',
      '-o',
      this.clock,
      path.join(root, 'tests/histories/wall.c'),
    ]);
  }

  // The data folder as it is seen from here: a small disk lies in a mount namespace of its own.
  seen(...parts: string[]): string {
    return path.join(this.holder === undefined ? '/' : `/proc/${this.holder.pid}/root`, this.data, ...parts);
  }

  private inside(command: string[]): [string, string[]] {
    const where = this.holder === undefined ? [] : ['nsenter', '-t', String(this.holder.pid), '-m'];
    return ['setpriv', [...BOUND, ...where, ...command]];
  }

  async prepare(accounts: [string, string][]): Promise<void> {
    if (this.small) {
      const script = `mount -t tmpfs -o size=${DISK_MIB}m,mode=700 cordon "$1" && echo up && exec cat`;
      this.holder = spawn(
        'setpriv',
        [...BOUND, 'unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh', this.data],
        { stdio: ['pipe', 'pipe', 'inherit'] },
      );
      if (this.holder.stdout !== null) await once(this.holder.stdout, 'data');
    }
    for (const [name, role] of accounts) {
      const [program, args] = this.inside([
        release,
        'account',
        'add',
        name,
        '--role',
        role,
        '--first-sign-in',
        'keep',
        '--data',
        this.data,
      ]);
      execFileSync(program, args, { input: `${PASSWORD}\n`, stdio: ['pipe', 'pipe', 'pipe'] });
    }
  }

  async start(): Promise<void> {
    const ready = path.join(this.top, 'ready.json');
    rmSync(ready, { force: true });
    const [program, args] = this.inside([
      release,
      'serve',
      '--data',
      this.data,
      '--listen',
      `127.0.0.1:${this.port}`,
      '--mqtt',
      `127.0.0.1:${this.mqttPort}`,
      '--ready',
      ready,
      ...(this.tls ? [] : ['--plain']),
    ]);
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A sanitised program wants its own library first: CORDON_PRELOAD=$(gcc -print-file-name=libasan.so)
      env: {
        ...process.env,
        CORDON_WALL: this.wall,
        LD_PRELOAD: [process.env.CORDON_PRELOAD, this.clock].filter((x) => x !== undefined).join(' '),
      },
    });
    this.child = child;
    this.wanted = true;
    this.stopped = false;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (d: string) => {
        this.log = (this.log + d).slice(-65536);
      });
    this.exited = once(child, 'exit').then(([code, signal]) => {
      if (this.wanted)
        this.died.push(`the server ended by itself (${String(code ?? signal)}):\n${this.log.slice(-4000)}`);
    });
    this.recorder.begins();
    const told = await this.readyFile(ready);
    this.port = told.port;
    this.mqttPort = told.mqtt;
    if (this.tls && this.ca === '') this.ca = readFileSync(this.seen('tls/ca.pem'), 'utf8');
    this.isUp();
  }

  private readyFile(file: string): Promise<{ port: number; mqtt: number }> {
    return new Promise((resolve, reject) => {
      const over = (): void => {
        watcher.close();
        clearTimeout(limit);
      };
      const look = (): void => {
        let told: { url: string; mqtt_port: number };
        try {
          told = JSON.parse(readFileSync(file, 'utf8')) as typeof told;
        } catch {
          return;
        }
        over();
        resolve({ port: Number(new URL(told.url).port), mqtt: told.mqtt_port });
      };
      const watcher = watch(this.top, look);
      const limit = setTimeout(() => {
        over();
        reject(new Error(`not ready after 60 s:\n${this.log}`));
      }, 60000);
      void this.exited.then(() => {
        over();
        reject(new Error(`the server ended before it was ready:\n${this.log}`));
      });
      look();
    });
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  private down(): void {
    if (!this.wanted) return;
    this.wanted = false;
    this.up = new Promise((resolve) => {
      this.isUp = resolve;
    });
  }

  async kill(): Promise<void> {
    this.down();
    this.child?.kill('SIGKILL');
    await this.exited;
    this.recorder.ends();
  }

  // Asks it to end, and does not wait.
  terminate(): void {
    this.down();
    this.child?.kill('SIGTERM');
    this.thaw(); // who is stopped hears nothing
  }

  // A clean stop; gives the exit code.
  async stop(): Promise<number | null> {
    this.down();
    this.child?.kill('SIGTERM');
    this.thaw(); // who is stopped hears nothing
    await this.exited;
    this.recorder.ends();
    return this.child?.exitCode ?? null;
  }

  freeze(): void {
    this.stopped = true;
    this.child?.kill('SIGSTOP');
  }
  thaw(): void {
    if (this.stopped) this.child?.kill('SIGCONT');
    this.stopped = false;
  }

  // By how much the wall clock is ahead, in ms; holds at once.
  setWall(ahead_ms: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(Math.round(ahead_ms)) * 1000000n);
    writeFileSync(this.wall, bytes, { flag: 'r+' });
  }

  // Busy loops on every core, and the server last in line. What is returned ends that.
  starve(): () => void {
    const usual = getPriority();
    const busy = cpus().map(() => spawn('setpriv', [...BOUND, 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' }));
    this.setNice(19);
    return () => {
      for (const b of busy) b.kill('SIGKILL');
      this.setNice(usual);
    };
  }

  // Each thread has a place in line of its own.
  private setNice(nice: number): void {
    for (const t of this.threads()) {
      try {
        setPriority(t, nice);
      } catch {
        /* gone already; or not root, and then it stays last until its next life */
      }
    }
  }

  private threads(): number[] {
    try {
      return execFileSync('ls', [`/proc/${this.pid}/task`], { encoding: 'utf8' })
        .split('\n')
        .filter(Boolean)
        .map(Number);
    } catch {
      return [];
    }
  }

  // Fills the disk to the last byte; what is returned makes room again.
  fill(): () => void {
    const file = this.seen('ballast'),
      fd = openSync(file, 'w'),
      piece = Buffer.alloc(1 << 20);
    for (let size = piece.length; size >= 1;) {
      try {
        if (writeSync(fd, piece, 0, size) < size) size >>= 1;
      } catch {
        size >>= 1;
      }
    }
    closeSync(fd);
    return () => {
      if (existsSync(file)) rmSync(file);
    };
  }

  // From the n-th sync on, each fails with EIO, until what is returned is called.
  async failSync(n: number): Promise<() => Promise<void>> {
    const child = spawn(
      'setpriv',
      [
        ...BOUND,
        'strace',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        'trace=fdatasync,fsync',
        '-e',
        `inject=fdatasync,fsync:error=EIO:when=${n}+`,
        '-p',
        String(this.pid),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const gone = once(child, 'exit');
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (d: string) => (words += d));
    return async () => {
      if (child.exitCode !== null && this.child?.exitCode === null)
        throw new Error(`strace ended by itself with ${child.exitCode}, so that no sync failed: ${words}`);
      child.kill('SIGINT');
      await gone;
    };
  }

  end(): void {
    this.wanted = false;
    try {
      this.child?.kill('SIGKILL');
    } catch {
      /* gone already */
    }
    this.holder?.kill('SIGKILL');
    rmSync(this.top, { recursive: true, force: true });
  }
}
