// The server under the shim, with what it must hold after every fault.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Server, openSession, post, root, tested } from '../api/lib.ts';
import type { State } from '../api/lib.ts';
import { Gauge, explain, shimSource } from './gauge.ts';
import type { Fault } from './gauge.ts';
import { forget } from './cases.ts';
import type { Ask, Scene } from './cases.ts';

export const PATIENCE_MS = 15000;
export const NIGHT = 'night';

export type Outcome =
  { is: 'answered'; status: number; code: string; text: string } | { is: 'closed'; why: string } | { is: 'silent' };

export interface Finding { what: string; where: string }

const DECLARED = new Set<string>();
const errorsOf = (binary: string): Set<string> => {
  if (DECLARED.size === 0) {
    for (const m of execFileSync(binary, ['errors', '--ts'], { encoding: 'utf8' }).matchAll(/["']([a-z_]+(?:\.[a-z_]+)*)["']/g)) {
      DECLARED.add(m[1] ?? '');
    }
  }
  return DECLARED;
};

export function environment(shim: string, control: string): Record<string, string> {
  return { LD_PRELOAD: shim, FAULTS_CONTROL: control,
    ASAN_OPTIONS: 'verify_asan_link_order=0:detect_leaks=1:abort_on_error=1:allocator_may_return_null=1',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1' };
}

export function buildShim(folder: string): string {
  const shim = path.join(folder, 'shim.so');
  execFileSync('cc', ['-std=gnu17', '-O1', '-g', '-Wall', '-Wextra', '-Werror', '-fno-omit-frame-pointer', '-shared', '-fPIC', '-o', shim,
    shimSource]);
  return shim;
}

export class Bench implements Scene {
  readonly server: Server;
  readonly gauge: Gauge;
  token = { token: '', id: '' };
  base: unknown = { type: 'FeatureCollection', cordon: { base: 1, coordinates: 'local' }, features: [] };
  readonly counted = new Set<string>(); // passages that were acknowledged: device and number
  doubtful: string[] = []; // sent in one batch that was answered with a failure: all of it may be there after a restart, or nothing
  readonly findings: Finding[] = [];
  restarts = 0;
  diskFailed = false; // since the last start: from then on a refusal to write may be an honest one

  constructor(shimFolder?: string) {
    this.server = new Server({ mqtt: true });
    this.gauge = new Gauge(path.join(this.server.top, 'faults'));
    this.server.env = environment(buildShim(shimFolder ?? this.server.top), this.gauge.file);
  }

  async begin(): Promise<this> {
    this.server.account('boss', 'administrator').account('pat', 'viewer').account('out', 'viewer').account('changed', 'viewer');
    await this.server.start();
    if (!this.gauge.loaded) throw new Error('the server runs without the shim');
    await this.signIn();
    await openSession(this.server, 'boss', NIGHT);
    await openSession(this.server, 'boss', 'side');
    this.token = await this.server.token('boss', NIGHT);
    return this;
  }

  private async signIn(): Promise<void> {
    for (const name of ['boss', 'pat', 'out']) {
      const answer = await this.server.signIn(name);
      if (answer.status !== 200) throw new Error(`sign-in of ${name}: ${answer.status} ${answer.text}`);
    }
  }

  get lives(): boolean { return this.server.child.exitCode === null && this.server.child.signalCode === null; }

  find(fault: Fault | undefined, what: string): void {
    const where = fault === undefined ? '' : explain(fault, tested);
    this.findings.push({ what, where });
    if (process.env['FAULTS_TALK']) process.stdout.write(`! ${what}\n    ${where}\n`);
  }

  ask(ask: Ask): Promise<Outcome> {
    const kind = http;
    const bytes = ask.body === undefined ? undefined : typeof ask.body === 'string' ? ask.body : JSON.stringify(ask.body);
    const headers: http.OutgoingHttpHeaders = { 'X-Cordon': '1', 'Accept-Language': 'en', Connection: 'close',
      ...(bytes !== undefined && { 'Content-Type': ask.type ?? 'application/json', 'Content-Length': Buffer.byteLength(bytes) }),
      ...(typeof ask.as === 'string' && { Cookie: this.server.cookies[ask.as] ?? '' }),
      ...(typeof ask.as === 'object' && { Authorization: `Bearer ${ask.as.token}` }) };
    return new Promise((resolve) => {
      const limit = setTimeout(() => { resolve({ is: 'silent' }); request.destroy(); }, PATIENCE_MS);
      const done = (outcome: Outcome): void => { clearTimeout(limit); resolve(outcome); };
      const request = kind.request(this.server.url + ask.where, { method: ask.method, headers, agent: false }, (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (d: Buffer) => pieces.push(d)).on('error', (e) => done({ is: 'closed', why: e.message })).on('end', () => {
          const text = Buffer.concat(pieces).toString('utf8'), status = answer.statusCode ?? 0;
          let code = '';
          if (String(answer.headers['content-type']).startsWith('application/problem+json')) {
            try { code = String((JSON.parse(text) as { code?: unknown }).code); } catch { code = 'no JSON'; }
          }
          done({ is: 'answered', status, code, text });
        });
      });
      request.on('error', (e) => done({ is: 'closed', why: e.message }));
      request.end(bytes);
    });
  }

  // An answer while something failed: what was asked for, a refusal that says whose fault it is not, or none at all.
  judge(outcome: Outcome): string | undefined {
    if (outcome.is === 'closed') return undefined;
    if (outcome.is === 'silent') return `no answer within ${PATIENCE_MS / 1000} s`;
    const { status, code, text } = outcome;
    if (status < 300) return undefined;
    if (![500, 503, 507].includes(status)) return `a failure of ours is answered ${status} ${code}: ${text.slice(0, 200)}`;
    if (text === '' || text === '{}') return undefined; // no memory even for the words
    if (!errorsOf(tested).has(code)) return `${status} with a code that is in no list: ${code} ${text.slice(0, 200)}`;
    if (code === 'bug') return `${status} bug: ${text.slice(0, 200)}`;
    return undefined;
  }

  async state(): Promise<State> {
    return (await this.server.request<State>('GET', `/api/v1/sessions/${NIGHT}/state`, { as: 'boss', agent: undefined })).json;
  }

  // The books: balanced, and what was acknowledged is in them once.
  async books(fault: Fault | undefined): Promise<void> {
    const state = await this.state().catch((e: unknown) => { this.find(fault, `no state: ${String(e)}`); });
    if (state === undefined) return;
    if (state.books.sum !== 0) this.find(fault, `the books sum to ${state.books.sum}`);
    const doubtful = this.doubtful.filter((p) => !this.counted.has(p));
    const there = doubtful.length > 0 && state.books.passages === this.counted.size + doubtful.length ? doubtful : [];
    if (state.books.passages !== this.counted.size + there.length) {
      this.find(fault, `${this.counted.size} passages acknowledged, ${doubtful.length} in doubt, ${state.books.passages} counted`);
    }
    const entered = [...this.counted, ...there].filter((p) => p.startsWith('G')).length;
    const through = state.checkpoints.filter((c) => c.id.startsWith('gate')).reduce((sum, c) => sum + c.in, 0);
    if (through !== entered) this.find(fault, `${entered} people went in through the gates, ${through} are booked`);
  }

  // Ends in order and starts again; what was acknowledged must be there.
  async again(fault: Fault | undefined): Promise<void> {
    this.restarts++;
    this.diskFailed = false;
    this.gauge.rest();
    if (this.lives) {
      const code = await this.server.kill('SIGTERM');
      if (code !== 0) this.find(fault, `the server ended with ${code}:\n${tail(this.server.log)}`);
    }
    this.server.log = '';
    await this.server.start();
    if ((await this.server.request('GET', '/api/v1/me', { as: 'boss' })).status !== 200) await this.signIn();
    await this.books(fault);
  }

  // Another data folder.
  async renew(): Promise<void> {
    this.gauge.rest();
    const code = await this.server.kill('SIGTERM');
    if (code !== 0) this.find(undefined, `the server ended with ${code}:\n${tail(this.server.log)}`);
    this.server.log = '';
    rmSync(this.server.data, { recursive: true, force: true });
    mkdirSync(this.server.data, { mode: 0o700 });
    this.counted.clear();
    this.doubtful = [];
    forget();
    await this.begin();
  }

  // Ends in order.
  async stop(): Promise<void> {
    this.gauge.rest();
    const code = await this.server.kill('SIGTERM');
    if (code !== 0) this.find(undefined, `the server ended with ${code}:\n${tail(this.server.log)}`);
  }

  // After all the starts that failed.
  async back(): Promise<void> {
    this.server.log = '';
    await this.server.start();
    if ((await this.server.request('GET', '/api/v1/me', { as: 'boss' })).status !== 200) await this.signIn();
    await this.books(undefined);
    await this.stop();
  }

  end(): void {
    this.gauge.close();
    this.server.end();
  }

  // Whether a disk that failed once keeps a journal or the catalog from being written, until the next start.
  async refuses(): Promise<boolean> {
    const lanes = (id: string): Ask =>
      ({ method: 'POST', where: `/api/v1/sessions/${id}/lanes`, as: 'boss', body: { checkpoint: 'gate-1', lanes: { 1: true } } });
    const role = (name: string): Ask => ({ method: 'PUT', where: '/api/v1/accounts/changed', as: 'boss', body: { role: name } });
    for (const ask of [lanes(NIGHT), lanes('side'), role('operator'), role('viewer')]) {
      const outcome = await this.ask(ask);
      if (outcome.is === 'answered' && outcome.code === 'store.write') return true;
    }
    return false;
  }
}

export const tail = (log: string): string => {
  const at = log.search(/ERROR: |runtime error|==\d+==/);
  return at >= 0 ? log.slice(at, at + 3500) : log.slice(-1500);
};
export { root, post };
