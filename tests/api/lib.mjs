// What the black-box tests share: the real server on real sockets, started, killed and asked as anybody would.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const release = process.env.CORDON_RELEASE ?? path.join(root, 'build/release/cordon');
// The sanitised program where there is one: most tests run it, so that they also find what no assertion asks.
const asan = process.env.CORDON_ASAN ?? path.join(root, 'build/asan/cordon');
export const tested = existsSync(asan) ? asan : release;
export const shared = process.env.CORDON_SHARED ?? path.join(root, '../shared');
export const PASSWORD = 'only-for-tests-1';

export class Server {
  constructor({ binary = tested, plain = true, mqtt = true, args = [] } = {}) {
    Object.assign(this, { binary, plain, mqtt, args, port: 0, mqttPort: 0, cookies: {}, log: '' });
    this.top = mkdtempSync(path.join(tmpdir(), 'cordon-test-'));
    this.data = path.join(this.top, 'data');
    mkdirSync(this.data, { mode: 0o700 });
  }

  // Accounts are made while the server is down; `name` has PASSWORD.
  account(name, role) {
    execFileSync(this.binary, ['account', 'add', name, '--role', role, '--first-sign-in', 'keep', '--data', this.data],
      { input: `${PASSWORD}\n`, stdio: ['pipe', 'pipe', 'pipe'] });
    return this;
  }

  async start() {
    const ready = path.join(this.top, 'ready.json');
    rmSync(ready, { force: true });
    const args = ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--ready', ready, ...this.args];
    if (this.mqtt) args.push('--mqtt', `127.0.0.1:${this.mqttPort}`);
    if (this.plain) args.push('--plain');
    const child = spawn(this.binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...this.env } });
    this.child = child;
    this.exited = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (d) => { this.log = (this.log + d).slice(-65536); });
    }
    this.told = await this.readyFile(ready);
    const url = new URL(this.told.url);
    this.port = Number(url.port);
    this.mqttPort = this.told.mqtt_port ?? 0;
    this.url = `${url.protocol}//127.0.0.1:${this.port}`;
    const kind = this.plain ? http : https;
    this.agent = new kind.Agent({ keepAlive: true, maxSockets: 64,
      ...(!this.plain && { ca: readFileSync(path.join(this.data, 'tls/ca.pem')) }) });
    return this;
  }

  readyFile(file) {
    return new Promise((resolve, reject) => {
      const look = () => {
        let told;
        try { told = JSON.parse(readFileSync(file, 'utf8')); } catch { return; }
        watcher.close();
        clearTimeout(limit);
        resolve(told);
      };
      const watcher = watch(this.top, look);
      const limit = setTimeout(() => { watcher.close(); reject(new Error(`not ready after 60 s:\n${this.log}`)); }, 60000);
      this.exited.then(([code, signal]) => {
        watcher.close();
        clearTimeout(limit);
        reject(new Error(`the server ended (${code ?? signal}) before it was ready:\n${this.log}`));
      });
      look();
    });
  }

  async kill(signal = 'SIGKILL') {
    this.agent?.destroy();
    this.child.kill(signal);
    const [code, by] = await this.exited;
    return code ?? by;
  }

  // For a test that failed half-way: nothing may be left running.
  end() {
    this.agent?.destroy();
    try { this.child?.kill('SIGKILL'); } catch { /* gone already */ }
    rmSync(this.top, { recursive: true, force: true });
  }

  // A clean stop; a sanitiser's complaint is a failure of whoever runs it.
  async stop() {
    const code = await this.kill('SIGTERM');
    rmSync(this.top, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.log}`);
  }

  // One request: {status, headers, text, json}. `as` names an account that has signed in, or {token}.
  request(method, where, { as, body, type, headers = {}, agent = this.agent } = {}) {
    const kind = this.plain ? http : https;
    const bytes = body === undefined ? undefined : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const all = { 'X-Cordon': '1', 'Accept-Language': 'en', ...(bytes !== undefined && { 'Content-Type': type ?? 'application/json',
      'Content-Length': Buffer.byteLength(bytes) }), ...(typeof as === 'string' && { Cookie: this.cookies[as] ?? '' }),
    ...(as?.token && { Authorization: `Bearer ${as.token}` }), ...headers };
    return new Promise((resolve, reject) => {
      const request = kind.request(this.url + where, { method, agent, headers: all }, (answer) => {
        const pieces = [];
        answer.on('data', (d) => pieces.push(d)).on('error', reject).on('end', () => {
          const text = Buffer.concat(pieces).toString('utf8');
          let json;
          try { json = JSON.parse(text); } catch { json = undefined; }
          resolve({ status: answer.statusCode, headers: answer.headers, text, json });
        });
      });
      request.on('error', reject);
      request.end(bytes);
    });
  }

  async signIn(name, password = PASSWORD) {
    const answer = await this.request('POST', '/api/v1/sign-in', { body: { name, password } });
    if (answer.status === 200) this.cookies[name] = answer.headers['set-cookie'].map((c) => c.split(';')[0]).join('; ');
    return answer;
  }

  async token(as, session, devices = ['*']) {
    const answer = await this.request('POST', '/api/v1/device-tokens', { as, body: { session, devices, note: 'test' } });
    if (answer.status >= 300) throw new Error(`token: ${answer.status} ${answer.text}`);
    return { token: answer.json.secret, id: answer.json.id };
  }
}

// A small plan in local metres: outside -> hall (counts inside) through `gates` checkpoints with two devices each; hall -> stand.
export function smallPlan({ gates = 2, doors = new Date(Date.now() - 3600e3) } = {}) {
  const at = (h) => new Date(doors.getTime() + h * 3600e3).toISOString();
  const box = (x, y, w, h) => [[[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]]];
  const features = [
    { id: 'hall', kind: 'zone', use: 'concourse', name: { zh: '大厅', en: 'Hall' }, shape: ['Polygon', box(0, 0, 100, 50)] },
    { id: 'stand', kind: 'zone', use: 'stand', seats: 5000, name: { zh: '看台', en: 'Stand' }, shape: ['Polygon', box(0, 50, 100, 50)] },
  ];
  for (let g = 1; g <= gates; g++) {
    features.push({ id: `gate-${g}`, kind: 'checkpoint', stage: 'ticket', from: 'outside', to: 'hall', width_m: 6, exit_use: true,
      lanes: [{ id: '1', rate_ppl_min: 11 }, { id: '2', rate_ppl_min: 11, open: false }],
      devices: [1, 2].map((d) => ({ id: `G${g}-${d}`, kind: 'turnstile' })), shape: ['Point', [g * 90 / (gates + 1), 0]] });
  }
  features.push({ id: 'way-in', kind: 'checkpoint', stage: 'transfer', from: 'hall', to: 'stand', width_m: 6,
    devices: [{ id: 'W-1', kind: 'counter' }, { id: 'W-T', kind: 'counter', totals: true }], shape: ['Point', [50, 50]] });
  features.push({ id: 'exit-1', kind: 'checkpoint', stage: 'exit', from: 'hall', to: 'outside', width_m: 4, shape: ['Point', [0, 25]],
    devices: [{ id: 'E1-1', kind: 'counter' }] });
  features.push({ id: 'street', kind: 'source', form: 'walk', share: 1, to: 'outside', shape: ['Point', [50, -40]] });
  return { type: 'FeatureCollection',
    cordon: { plan: 1, name: { zh: '测试方案', en: 'Test plan' }, coordinates: 'local',
      timetable: { doors: at(0), start: at(3), end: at(6) }, expected_ppl: 800, approved_ppl: 1000 },
    features: features.map(({ shape: [type, coordinates], ...properties }) =>
      ({ type: 'Feature', properties, geometry: { type, coordinates } })) };
}

export async function openSession(server, as, id, { plan = smallPlan(), exercise } = {}) {
  const answer = await server.request('POST', '/api/v1/sessions', { as, body: { id, plan, ...(exercise && { exercise }) } });
  if (answer.status >= 300) throw new Error(`open ${id}: ${answer.status} ${answer.text}`);
  return answer.json;
}

export const passage = (device, seq, more = {}) =>
  JSON.stringify({ device, boot: 1, seq, at: new Date(Date.now() - 1000).toISOString(), in: 1, out: 0, ...more });

export const post = (server, as, id, lines) => server.request('POST', `/api/v1/sessions/${id}/passages`,
  { as, type: 'application/x-ndjson', body: `${Array.isArray(lines) ? lines.join('\n') : lines}\n` });

// A generator by seed (mulberry32), so that a failing run can be run again.
export function randomBySeed(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
