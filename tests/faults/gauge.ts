// The test's end of the file that shim.c maps into the server: sets a fault, hears whether it was met and where.
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import { root } from '../api/lib.ts';

const AT = { mode: 0, sticky: 4, kinds: 8, countdown: 16, scope: 24, depth: 32, variant: 36, met: 40, injected: 48, kind: 56, error: 60,
  asked: 64, answered: 68, found: 72, loaded: 76, where: 1024, done: 4096 };
const BYTES = 4096 + 8 * 262144;
const MODE = { off: 0, new: 1, nth: 2, count: 3, all: 4 };

// In the order of the table in shim.c.
export const KINDS = ['malloc', 'calloc', 'realloc', 'strdup', 'posix_memalign', 'mmap', 'pthread_create', 'open', 'read', 'write',
  'pread', 'pwrite', 'fsync', 'ftruncate', 'posix_fallocate', 'rename', 'unlink', 'mkdir', 'opendir', 'flock', 'fcntl', 'fstat', 'statvfs',
  'recv', 'send', 'accept4', 'epoll_ctl', 'epoll_wait', 'eventfd', 'socket', 'bind'] as const;
export type Kind = typeof KINDS[number];
export const MEMORY: readonly Kind[] = ['malloc', 'calloc', 'realloc', 'strdup', 'posix_memalign', 'mmap', 'pthread_create'];
export const DISK: readonly Kind[] = ['open', 'write', 'pread', 'pwrite', 'fsync', 'ftruncate', 'posix_fallocate', 'rename', 'unlink',
  'mkdir', 'opendir', 'flock', 'fcntl', 'fstat', 'statvfs'];
export const NET: readonly Kind[] = ['read', 'recv', 'send', 'accept4', 'epoll_ctl', 'epoll_wait', 'eventfd', 'socket', 'bind'];

const ERRORS: Record<number, string> = { [-1]: 'less than asked', 4: 'EINTR', 5: 'EIO', 11: 'EAGAIN', 12: 'ENOMEM',
    24: 'EMFILE', 28: 'ENOSPC',
  32: 'EPIPE', 37: 'ENOLCK', 98: 'EADDRINUSE', 103: 'ECONNABORTED', 104: 'ECONNRESET' };

export interface Fault { kind: Kind; error: string; where: string }
export interface Aim { kinds: readonly Kind[]; scope?: number; depth?: number; sticky?: boolean; nth?: number; variant?: number }

export class Gauge {
  private readonly fd: number;

  constructor(readonly file: string) {
    this.fd = openSync(file, 'w+');
    ftruncateSync(this.fd, BYTES);
  }

  close(): void { closeSync(this.fd); }

  private put(at: number, value: bigint | number, size: 4 | 8): void {
    const bytes = Buffer.alloc(size);
    if (size === 8) bytes.writeBigUInt64LE(BigInt(value)); else bytes.writeUInt32LE(Number(value));
    writeSync(this.fd, bytes, 0, size, at);
  }

  private get(at: number): number {
    const bytes = Buffer.alloc(4);
    readSync(this.fd, bytes, 0, 4, at);
    return bytes.readInt32LE();
  }

  get met(): number { return this.get(AT.met); }
  get injected(): number { return this.get(AT.injected); }
  get loaded(): boolean { return this.get(AT.loaded) === 1; }

  aim({ kinds, scope = 0, depth = 40, sticky = false, nth, variant = 0 }: Aim): void {
    this.put(AT.mode, MODE.off, 4);
    this.put(AT.sticky, sticky ? 1 : 0, 4);
    this.put(AT.kinds, kinds.reduce((bits, kind) => bits | 1n << BigInt(KINDS.indexOf(kind)), 0n), 8);
    this.put(AT.countdown, nth ?? 0, 8);
    this.put(AT.scope, scope, 8);
    this.put(AT.depth, depth, 4);
    this.put(AT.variant, variant, 4);
    this.put(AT.met, 0, 8);
    this.put(AT.injected, 0, 8);
    this.put(AT.mode, nth === undefined ? MODE.new : MODE.nth, 4);
  }

  // Nothing fails any more. What failed, if anything did.
  rest(): Fault | undefined {
    this.put(AT.mode, MODE.off, 4);
    return this.injected > 0 ? this.last() : undefined;
  }

  private last(): Fault {
    const bytes = Buffer.alloc(3072);
    readSync(this.fd, bytes, 0, bytes.length, AT.where);
    const error = this.get(AT.error);
    return { kind: KINDS[this.get(AT.kind)] ?? 'malloc', error: ERRORS[error] ?? String(error),
      where: bytes.toString('utf8', 0, bytes.indexOf(0)) };
  }

  // Whether the running server has lost memory by now; it tells where on its standard error.
  async leaks(): Promise<boolean> {
    const before = this.get(AT.found), asked = this.get(AT.asked) + 1;
    this.put(AT.asked, asked, 4);
    for (let tries = 0; this.get(AT.answered) !== asked; tries++) {
      if (tries > 3000) throw new Error('the search for leaks does not end');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.get(AT.found) !== before;
  }
}

// The frames of Cordon's own, the nearest first, as words.
export function explain(fault: Fault, binary: string): string {
  const own = [...fault.where.matchAll(/^cordon\+(0x[0-9a-f]+)$/gm)].map((m) => m[1] ?? '').slice(0, 12);
  const library = /^(?!cordon)([^+\n]+)\+/m.exec(fault.where)?.[1];
  let lines: string[] = [];
  try {
    const told = execFileSync('addr2line', ['-f', '-s', '-e', binary, ...own], { encoding: 'utf8' }).trim().split('\n');
    lines = own.map((_, i) => `${told[2 * i]} ${told[2 * i + 1]}`);
  } catch { lines = own; }
  return `${fault.kind} ${fault.error}${library === undefined ? '' : ` in ${library}`}\n${lines.map((l) => `      ${l}`).join('\n')}`;
}

export const shimSource = path.join(root, 'tests/faults/shim.c');
