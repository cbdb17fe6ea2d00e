// An honest client that works beside an attack, and what can be seen of the server from outside: how long each request took, how much
// memory and processor time the server has.
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type http from 'node:http';
import { openSession, passage, post, type Answer, type Server, type Token } from './lib.ts';

export const memoryMiB = (server: Server): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;

// Hundredths of a second of processor time so far.
export function processorTicks(server: Server): number {
  const fields = (readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

export const atShare = (sorted: number[], share: number): number => sorted[Math.min(sorted.length - 1,
  Math.floor(sorted.length * share))] ?? NaN;

const KINDS = ['passage', 'state', 'lanes'] as const;
type Kind = typeof KINDS[number];

// Sends passages, looks at the state and opens a lane (which waits for the journal and the audit chain), one after another.
export class Honest {
  readonly times_ms: Record<Kind, number[]> = { passage: [], state: [], lanes: [] };
  readonly wrong: string[] = [];
  private readonly agent: http.Agent;
  private ending = false;
  private seq = 0;
  private open = false;
  private readonly server: Server;
  private readonly device: Token;
  private readonly id: string;
  private readonly gate: string;

  private constructor(server: Server, device: Token, id: string, gate: string) {
    this.server = server;
    this.device = device;
    this.id = id;
    this.gate = gate;
    this.agent = server.newAgent(4);
  }

  // `boss` is an administrator who has signed in.
  static async arrive(server: Server, boss: string, id: string): Promise<Honest> {
    await openSession(server, boss, id);
    return new Honest(server, await server.token(boss, id), id, 'gate-1');
  }

  private async once(kind: Kind, boss: string): Promise<void> {
    const { server, agent, id } = this;
    const began = performance.now();
    let answer: Answer;
    if (kind === 'passage') {
      answer = await server.request('POST', `/api/v1/sessions/${id}/passages`,
        { as: this.device, type: 'application/x-ndjson', body: passage('G1-1', ++this.seq), agent });
    } else if (kind === 'state') {
      answer = await server.request('GET', `/api/v1/sessions/${id}/state`, { as: boss, agent });
    } else {
      this.open = !this.open;
      answer = await server.request('POST', `/api/v1/sessions/${id}/lanes`,
        { as: boss, body: { checkpoint: this.gate, lanes: { 2: this.open } }, agent });
    }
    this.times_ms[kind].push(performance.now() - began);
    if (answer.status !== 200) this.wrong.push(`${kind}: ${answer.status} ${answer.text.slice(0, 200)}`);
  }

  async work(boss: string): Promise<void> {
    while (!this.ending) {
      for (const kind of KINDS) await this.once(kind, boss).catch((e: Error) => this.wrong.push(`${kind}: ${e.message}`));
      await wait(5);
    }
    this.agent.destroy();
  }

  end(): void { this.ending = true; }

  p99_ms(): number { return atShare(this.all(), 0.99); }
  private all(): number[] { return KINDS.flatMap((k) => this.times_ms[k]).sort((a, b) => a - b); }

  told(): string {
    return KINDS.map((k) => {
      const sorted = [...this.times_ms[k]].sort((a, b) => a - b);
      const [p50, p99, max] = [0.5, 0.99, 1].map((share) => atShare(sorted, share).toFixed(1));
      return `${k} ${sorted.length}x p50 ${p50} p99 ${p99} max ${max}`;
    }).join(', ') + ' ms';
  }
}

let sessions = 0;
// Works beside `attack`, which runs for `ms`; gives the honest client's record.
export async function beside(server: Server, boss: string, ms: number, attack: () => Promise<() => void>): Promise<Honest> {
  const honest = await Honest.arrive(server, boss, `honest-${++sessions}`);
  const stop = await attack();
  const working = honest.work(boss);
  await wait(ms);
  honest.end();
  await working;
  stop();
  return honest;
}

// A socket from one of the loopback addresses, so that limits by address can be seen; `n` from 0 on.
export const fromAddress = (n: number): string => `127.0.${1 + Math.floor(n / 250)}.${1 + (n % 250)}`;

export function connect(port: number, localAddress = '127.0.0.1'): net.Socket {
  return net.connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
}

export const connected = (socket: net.Socket): Promise<boolean> => new Promise((resolve) => {
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
});

export const closed = (socket: net.Socket): Promise<void> => new Promise((resolve) => {
  if (socket.closed) resolve(); else socket.once('close', () => resolve());
});

// One request on a connection of its own, bytes as they are; what came until the end, or until `until` is there.
export function raw(server: Server, bytes: string | Buffer, { until, end = false, limit_ms = 45000 }:
    { until?: RegExp; end?: boolean; limit_ms?: number } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = server.plain ? net.connect(server.port, '127.0.0.1')
      : tls.connect({ port: server.port, host: '127.0.0.1', servername: 'localhost',
        ca: readFileSync(path.join(server.data, 'tls/ca.pem')) });
    let text = '';
    const done = (): void => { clearTimeout(limit); socket.destroy(); resolve(text); };
    const limit = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end after ${JSON.stringify(bytes.slice(0, 80).toString())}; got ${text.slice(0, 500)}`));
    }, limit_ms);
    socket.on('data', (d: Buffer) => { text += d.toString('latin1'); if (until?.test(text)) done(); });
    socket.on('end', done).on('error', done).on('close', done);
    if (end) socket.end(bytes); else socket.write(bytes);
  });
}

export const statuses = (text: string): number[] => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map((m) => Number(m[1]));
export { post };
