// A server whose wall clock the test holds (tests/histories/wall.c, loaded before it).
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Server, root, type ServerOptions } from './lib.ts';

export const HOUR_MS = 3600e3;

export class ClockedServer extends Server {
  private readonly wall: string;

  constructor(options: ServerOptions = {}) {
    super(options);
    const library = path.join(this.top, 'wall.so');
    execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', library, path.join(root, 'tests/histories/wall.c')]);
    this.wall = path.join(this.top, 'wall');
    this.setAhead(0);
    // The sanitiser wants to be the first library; it does not mind the clock.
    this.env = { ...this.env, LD_PRELOAD: library, CORDON_WALL: this.wall,
      ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? 'detect_leaks=1'}:verify_asan_link_order=0` };
  }

  // The server's clock is `ms` ahead of everybody else's, at once.
  setAhead(ms: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(ms) * 1000000n);
    writeFileSync(this.wall, bytes, { flag: existsSync(this.wall) ? 'r+' : 'w' }); // in place: it is mapped
  }
}
