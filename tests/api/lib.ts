// What the black-box tests share: the real server on real sockets, started, killed and asked as anybody would.
import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import type { Plan, SessionInfo, State, Told } from './shapes.ts';

export type * from './shapes.ts';
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const release = process.env.CORDON_RELEASE ?? path.join(root, 'build/release/cordon');
// The sanitised program where there is one: most tests run it, so that they also find what no assertion asks.
const asan = process.env.CORDON_ASAN ?? path.join(root, 'build/asan/cordon');
export const tested = existsSync(asan) ? asan : release;
export const shared = process.env.CORDON_SHARED ?? path.join(root, '../shared');
export const PASSWORD = 'only-for-tests-1';

export type Role = 'viewer' | 'operator' | 'planner' | 'administrator';
export interface Token { token: string; id: string }
// Whoever asks: the name of an account that has signed in here, or the bearer of a token.
export type As = string | { token: string };

export interface ServerOptions {
  binary?: string;
  plain?: boolean;
  mqtt?: boolean;
  args?: string[];
  env?: Record<string, string>;
}

export interface RequestOptions {
  as?: As | undefined;
  body?: unknown; // a string or a Buffer as it is, anything else as JSON
  type?: string | undefined;
  headers?: http.OutgoingHttpHeaders;
  agent?: http.Agent | undefined;
}

interface Ready { url: string; mqtt_port?: number; password?: string }

export class Answer<T = Told> {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;

  constructor(status: number, headers: http.IncomingHttpHeaders, text: string) {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  // What the body says; whoever expects JSON and gets none sees what came instead.
  get json(): T {
    const said = this.jsonIfAny;
    if (said === undefined) throw new Error(`no JSON, but ${this.status}: ${this.text.slice(0, 1000)}`);
    return said;
  }

  get jsonIfAny(): T | undefined {
    try { return JSON.parse(this.text) as T; } catch { return undefined; }
  }
}

// For what must be there: a checked `!`.
export function there<T>(value: T | null | undefined, what = 'a value'): T {
  if (value === undefined || value === null) throw new Error(`${what} is missing`);
  return value;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

export class Server {
  readonly binary: string;
  readonly plain: boolean;
  readonly mqtt: boolean;
  args: string[];
  env: Record<string, string>;
  port = 0;
  mqttPort = 0;
  url = '';
  log = '';
  readonly cookies: Record<string, string> = {};
  readonly top: string;
  data: string;
  agent: http.Agent | undefined;
  exited: Promise<[number | null, NodeJS.Signals | null]> = Promise.resolve([null, null]);
  private process: Child | undefined;
  private ready: Ready | undefined;

  constructor({ binary = tested, plain = true, mqtt = true, args = [], env = {} }: ServerOptions = {}) {
    this.binary = binary;
    this.plain = plain;
    this.mqtt = mqtt;
    this.args = args;
    this.env = env;
    this.top = mkdtempSync(path.join(tmpdir(), 'cordon-test-'));
    this.data = path.join(this.top, 'data');
    mkdirSync(this.data, { mode: 0o700 });
  }

  get child(): Child { return there(this.process, 'the server process'); }
  get pid(): number { return there(this.child.pid, 'the process id'); }
  get told(): Ready { return there(this.ready, 'the ready file'); }

  // Accounts are made while the server is down; `name` has PASSWORD.
  account(name: string, role: Role): this {
    execFileSync(this.binary, ['account', 'add', name, '--role', role, '--first-sign-in', 'keep', '--data', this.data],
      { input: `${PASSWORD}\n`, stdio: ['pipe', 'pipe', 'pipe'] });
    return this;
  }

  async start(): Promise<this> {
    const ready = path.join(this.top, 'ready.json');
    rmSync(ready, { force: true });
    const args = ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--ready', ready, ...this.args];
    if (this.mqtt) args.push('--mqtt', `127.0.0.1:${this.mqttPort}`);
    if (this.plain) args.push('--plain');
    const child = spawn(this.binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...this.env } });
    this.process = child;
    this.exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (d: string) => { this.log = (this.log + d).slice(-65536); });
    }
    this.ready = await this.readyFile(ready);
    const url = new URL(this.ready.url);
    this.port = Number(url.port);
    this.mqttPort = this.ready.mqtt_port ?? 0;
    this.url = `${url.protocol}//127.0.0.1:${this.port}`;
    this.agent = this.newAgent(64);
    return this;
  }

  // Connections of its own for whoever must not wait behind others.
  newAgent(maxSockets: number, localAddress?: string): http.Agent {
    const options = { keepAlive: true, maxSockets, ...(localAddress !== undefined && { localAddress }) };
    return this.plain ? new http.Agent(options)
      : new https.Agent({ ...options, ca: readFileSync(path.join(this.data, 'tls/ca.pem')) });
  }

  private readyFile(file: string): Promise<Ready> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        let told: Ready;
        try { told = JSON.parse(readFileSync(file, 'utf8')) as Ready; } catch { return; }
        watcher.close();
        clearTimeout(limit);
        resolve(told);
      };
      const watcher = watch(this.top, look);
      const limit = setTimeout(() => { watcher.close(); reject(new Error(`not ready after 60 s:\n${this.log}`)); }, 60000);
      void this.exited.then(([code, signal]) => {
        watcher.close();
        clearTimeout(limit);
        reject(new Error(`the server ended (${code ?? signal}) before it was ready:\n${this.log}`));
      });
      look();
    });
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | NodeJS.Signals | null> {
    this.agent?.destroy();
    this.child.kill(signal);
    const [code, by] = await this.exited;
    return code ?? by;
  }

  // For a test that failed half-way: nothing may be left running.
  end(): void {
    this.agent?.destroy();
    try { this.process?.kill('SIGKILL'); } catch { /* gone already */ }
    rmSync(this.top, { recursive: true, force: true });
  }

  // A clean stop; a sanitiser's complaint is a failure of whoever runs it.
  async stop(): Promise<void> {
    const code = await this.kill('SIGTERM');
    rmSync(this.top, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.log}`);
  }

  request<T = Told>(method: string, where: string, { as, body, type, headers = {}, agent = this.agent }: RequestOptions = {}):
      Promise<Answer<T>> {
    const kind = this.plain ? http : https;
    const bytes = body === undefined ? undefined : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const all: http.OutgoingHttpHeaders = { 'X-Cordon': '1', 'Accept-Language': 'en',
      ...(bytes !== undefined && { 'Content-Type': type ?? 'application/json', 'Content-Length': Buffer.byteLength(bytes) }),
      ...(typeof as === 'string' && { Cookie: this.cookies[as] ?? '' }),
      ...(typeof as === 'object' && { Authorization: `Bearer ${as.token}` }), ...headers };
    return new Promise((resolve, reject) => {
      const request = kind.request(this.url + where, { method, headers: all, ...(agent && { agent }) }, (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (d: Buffer) => pieces.push(d)).on('error', reject).on('end', () => {
          resolve(new Answer<T>(answer.statusCode ?? 0, answer.headers, Buffer.concat(pieces).toString('utf8')));
        });
      });
      request.on('error', reject);
      request.end(bytes);
    });
  }

  state(as: As, id: string): Promise<State> {
    return this.request<State>('GET', `/api/v1/sessions/${id}/state`, { as }).then((answer) => answer.json);
  }

  async signIn(name: string, password = PASSWORD, as = name): Promise<Answer> {
    const answer = await this.request('POST', '/api/v1/sign-in', { body: { name, password } });
    if (answer.status === 200) {
      this.cookies[as] = there(answer.headers['set-cookie'], 'the cookie').map((c) => c.split(';')[0]).join('; ');
    }
    return answer;
  }

  async token(as: As, session: string, devices = ['*']): Promise<Token> {
    const answer = await this.request<{ secret: string; id: string }>('POST', '/api/v1/device-tokens',
      { as, body: { session, devices, note: 'test' } });
    if (answer.status >= 300) throw new Error(`token: ${answer.status} ${answer.text}`);
    return { token: answer.json.secret, id: answer.json.id };
  }
}

// A small plan in local metres: outside -> hall (counts inside) through `gates` checkpoints with two devices each; hall -> stand.
export function smallPlan({ gates = 2, doors = new Date(Date.now() - 3600e3) } = {}): Plan {
  const at = (h: number): string => new Date(doors.getTime() + h * 3600e3).toISOString();
  const box = (x: number, y: number, w: number, h: number): number[][][] => [[[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]]];
  type Part = { id: string; kind: string; shape: [string, unknown]; [member: string]: unknown };
  const parts: Part[] = [
    { id: 'hall', kind: 'zone', use: 'concourse', name: { zh: '大厅', en: 'Hall' }, shape: ['Polygon', box(0, 0, 100, 50)] },
    { id: 'stand', kind: 'zone', use: 'stand', seats: 5000, name: { zh: '看台', en: 'Stand' }, shape: ['Polygon', box(0, 50, 100, 50)] },
  ];
  for (let g = 1; g <= gates; g++) {
    parts.push({ id: `gate-${g}`, kind: 'checkpoint', stage: 'ticket', from: 'outside', to: 'hall', width_m: 6, exit_use: true,
      lanes: [{ id: '1', rate_ppl_min: 11 }, { id: '2', rate_ppl_min: 11, open: false }],
      devices: [1, 2].map((d) => ({ id: `G${g}-${d}`, kind: 'turnstile' })), shape: ['Point', [g * 90 / (gates + 1), 0]] });
  }
  parts.push({ id: 'way-in', kind: 'checkpoint', stage: 'transfer', from: 'hall', to: 'stand', width_m: 6,
    devices: [{ id: 'W-1', kind: 'counter' }, { id: 'W-T', kind: 'counter', totals: true }], shape: ['Point', [50, 50]] });
  parts.push({ id: 'exit-1', kind: 'checkpoint', stage: 'exit', from: 'hall', to: 'outside', width_m: 4, shape: ['Point', [0, 25]],
    devices: [{ id: 'E1-1', kind: 'counter' }] });
  parts.push({ id: 'street', kind: 'source', form: 'walk', share: 1, to: 'outside', shape: ['Point', [50, -40]] });
  return { type: 'FeatureCollection',
    cordon: { plan: 1, name: { zh: '测试方案', en: 'Test plan' }, coordinates: 'local',
      timetable: { doors: at(0), start: at(3), end: at(6) }, expected_ppl: 800, approved_ppl: 1000 },
    features: parts.map(({ shape: [type, coordinates], ...properties }) =>
      ({ type: 'Feature', properties, geometry: { type, coordinates } })) };
}

export interface SessionOptions { plan?: Plan; exercise?: { speed: number; at: string } | undefined }

export async function openSession(server: Server, as: As, id: string,
  { plan = smallPlan(), exercise }: SessionOptions = {}): Promise<SessionInfo> {
  const answer = await server.request<SessionInfo>('POST', '/api/v1/sessions', { as, body: { id, plan, ...(exercise && { exercise }) } });
  if (answer.status >= 300) throw new Error(`open ${id}: ${answer.status} ${answer.text}`);
  return answer.json;
}

export const passage = (device: string, seq: number, more: Record<string, unknown> = {}): string =>
  JSON.stringify({ device, boot: 1, seq, at: new Date(Date.now() - 1000).toISOString(), in: 1, out: 0, ...more });

export const post = (server: Server, as: As, id: string, lines: string | string[]): Promise<Answer> =>
  server.request('POST', `/api/v1/sessions/${id}/passages`,
    { as, type: 'application/x-ndjson', body: `${Array.isArray(lines) ? lines.join('\n') : lines}\n` });

// A generator by seed (mulberry32), so that a failing run can be run again.
export function randomBySeed(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
