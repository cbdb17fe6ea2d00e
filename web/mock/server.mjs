// A stand-in for `cordon serve` for work on the page alone: serves dist/ and the API with a made-up evening.
//   node mock/server.mjs [port]    sign in as admin / mock-password
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { makeBase, makePlan } from './plan.mjs';

const PORT = Number(process.argv[2] ?? 8787);
const SPEED = Number(process.env.MOCK_SPEED ?? 10);
const AT = process.env.MOCK_AT ?? '18:41:07';
const DIST = join(import.meta.dirname, '..', 'dist');
const DAY = '2026-11-24';
const plan = makePlan();
const base = makeBase();
const ms = (hm) => Date.parse(`${DAY}T${hm}+08:00`);
const T0 = ms('17:00:00');
const started = Date.now();
const nowMs = () => ms(AT) + (Date.now() - started) * SPEED;
const iso = (t) => `${new Date(t + 8 * 3600e3).toISOString().slice(0, 23)}+08:00`;
const gates = plan.features.filter((f) => f.properties.kind === 'checkpoint');
const zones = plan.features.filter((f) => f.properties.kind === 'zone');
const opened = new Map(gates.map((g) => [g.id, new Map((g.properties.lanes ?? []).map((l) => [l.id, l.open]))]));
let posted = 0;
const hash = (s) => { let h = 2166136261; for (const c of s) h = Math.imul(h ^ c.charCodeAt(0), 16777619); return (h >>> 0) / 2 ** 32; };
const curve = (t) => Math.exp(-(((t - ms('18:58:00')) / 60e3 / 34) ** 2));
const of = (stage) => gates.filter((g) => g.properties.stage === stage);
const lanesOf = (g) => (g.properties.lanes ?? []).reduce((n, l) => n + l.rate_ppl_min, 0);
const count = new Map(['precheck', 'ticket', 'security'].map((s) => [s, of(s).reduce((n, g) => n + lanesOf(g), 0)]));
const cache = new Map();
function rate(g, minute) {
  const key = `${g.id} ${minute}`;
  let r = cache.get(key);
  if (r === undefined) cache.set(key, (r = madeUp(g, minute)));
  return r;
}
function madeUp(g, minute) {
  const s = g.properties.stage;
  const noise = 0.85 + 0.3 * hash(`${g.id}${minute}`);
  const c = curve(T0 + minute * 60e3) * 430;
  if (s === 'exit') return Math.round(1.2 * hash(`${g.id}${minute}`));
  const lag = { precheck: 1, ticket: 0.98, security: 0.96 }[s];
  if (lag) {
    const cap = (g.properties.lanes ?? []).reduce((n, l) => n + (opened.get(g.id).get(l.id) ? l.rate_ppl_min : 0), 0);
    return Math.round(Math.min(cap, ((c * lag * lanesOf(g)) / count.get(s)) * noise));
  }
  if (g.properties.from === 'outside') return Math.round((c / 4) * noise);
  const door = gates.filter((x) => x.properties.from === g.properties.from && x.properties.stage === 'transfer').length;
  return Math.round(((c * 0.9) / Math.max(1, door)) * noise);
}
const minuteOf = (t) => Math.floor((t - T0) / 60e3);
const silent = (id) => id === 'G7-security';
const total = (g, t) => { let n = 0; for (let m = 0; m < minuteOf(t); m++) n += rate(g, m); return n; };

function checkpoint(g, t) {
  const m = minuteOf(t);
  const lanes = [...opened.get(g.id)].map(([id, open]) => ({ id, open }));
  const dumb = silent(g.id);
  const exit = g.properties.stage === 'exit';
  const r = dumb ? 0 : rate(g, m - 1) + (g.id === 'G2-security' ? posted : 0);
  const warn = g.id === 'G3-security' && t > ms('18:30:00');
  return {
    id: g.id, in: exit ? total(g, t) : total(g, t), out: 0, in_ppl_min: dumb ? null : r, out_ppl_min: dumb ? null : 0,
    lanes: lanes.length, lanes_open: lanes.filter((l) => l.open).length,
    capacity_ppl_min: (g.properties.lanes ?? []).reduce((n, l) => n + (opened.get(g.id).get(l.id) ? l.rate_ppl_min : 0), 0) || null, lane: lanes,
    heard_at: dumb ? iso(t - 94_000 - ((t - ms(AT)) > 0 ? t - ms(AT) : 0)) : iso(t - 2000 - 3000 * hash(g.id)), devices: 3, devices_live: dumb ? 0 : g.id === 'G3-ticket' ? 2 : 3,
    state: dumb ? 'silent' : warn ? 'warning' : 'normal', minute: { at: iso(T0 + m * 60e3), in: Math.round((rate(g, m) * ((t - T0) % 60e3)) / 60e3), out: 0, final: false, revision: 0 },
  };
}
function zone(f, t) {
  const p = f.properties;
  const sum = (ids) => ids.reduce((n, id) => n + total(gates.find((g) => g.id === id), t), 0);
  const into = gates.filter((g) => g.properties.to === f.id).map((g) => g.id);
  const from = gates.filter((g) => g.properties.from === f.id).map((g) => g.id);
  let ppl = Math.max(0, sum(into) - sum(from));
    if (f.id === 'G3-H1') ppl = Math.round(p.usable_m2 * 2.9 * curve(t));
  if (f.id === 'G2-H1') ppl = Math.round(p.usable_m2 * 1.6 * curve(t));
  if (p.use === 'stand') ppl = Math.round(p.seats * 0.9 * Math.min(1, (t - ms('17:30:00')) / 7.2e6) * (0.5 + hash(f.id) / 2));
  if (p.use === 'concourse') ppl = Math.round(p.usable_m2 * 0.35 * curve(t));
  if (p.use === 'pitch' || p.use === 'stage') ppl = p.use === 'pitch' ? Math.round(400 * curve(t)) : 60;
  const dens = p.dynamic ? ppl / p.usable_m2 : null;
  const level = dens === null ? null : 'ABCDEF'[[0.31, 0.43, 0.72, 1.08, 2.15].filter((x) => dens >= x).length];
  const st = f.id === 'G7-H3' ? 'unknown' : dens > 2.2 ? 'warning' : dens > 1.1 ? 'watch' : 'normal';
  return {
    id: f.id, ppl: f.id === 'G7-H3' ? null : ppl, low: Math.round(ppl * 0.99), high: Math.round(ppl * 1.01), ledger: ppl, adjusted: 0, at_least: f.id === 'ring', heard_at: iso(t - 3000),
    source: f.id === 'ring' ? '11 of 12 devices' : '4 of 4 devices', density_ppl_m2: f.id === 'G7-H3' ? null : dens, level, state: st, capacity_ppl: p.capacity_ppl, in_ppl_min: 120, out_ppl_min: 96,
    full_at: f.id === 'G3-H1' ? iso(t + 11 * 60e3) : null, recount: null,
  };
}
function stage(name, t) {
  const list = gates.filter((g) => g.properties.stage === name).map((g) => checkpoint(g, t));
  const flow = list.reduce((n, c) => n + (c.in_ppl_min ?? 0), 0);
  const binding = name === 'security';
  return {
    stage: name, flow_ppl_min: flow, capacity_ppl_min: list.reduce((n, c) => n + c.capacity_ppl_min, 0), lanes: list.reduce((n, c) => n + c.lanes, 0),
    lanes_open: list.reduce((n, c) => n + c.lanes_open, 0), queue_ppl: binding ? 604 : 64, wait_s: binding ? 560 : 70, full_at: binding ? iso(t + 11 * 60e3) : null, binding,
    at_least: binding, heard_at: iso(t - 2000),
  };
}
let seq = 1000;
function state(t) {
  const zs = zones.map((z) => zone(z, t));
  const inside = zs.filter((z) => zones.find((f) => f.id === z.id).properties.counts_inside).reduce((n, z) => n + (z.ppl ?? 0), 0) + posted;
  const cs = gates.map((g) => checkpoint(g, t));
  const all = ms('19:36:00');
  return {
    type: 'state', session: 'demo', seq, records: 88120, at: iso(t), exercise: true, speed: SPEED, closed: false, plan_version: 1,
    books: { sum: 0, passages: 88100, duplicates: 912, conflicts: 1, rejected: 3, late: 40 },
    inside: { ppl: inside, low: inside - 146, high: inside + 146, at_least: true, heard_at: iso(t - 2000), source: '41 of 42 devices', devices: 42, devices_live: 41,
      expected_ppl: 28600, approved_ppl: 30000, in_ppl_min: stage('security', t).flow_ppl_min, out_ppl_min: 2 },
    zones: zs, checkpoints: cs,
    devices: cs.flatMap((c) => [1, 2, 3].map((i) => ({ id: `${c.id.toUpperCase()}-D${i}`, checkpoint: c.id, state: c.state === 'silent' ? (i === 1 ? 'alarm' : 'silent') : c.id === 'G3-ticket' && i === 3 ? 'silent' : 'live',
      heard_at: c.heard_at, event_at: c.heard_at, boot: 1, seq: 184467, missing: i === 2 ? 37 : 0, missing_since: null, duplicates: i === 1 ? 12 : 0, conflicts: 0, late: i === 3 ? 3 : 0, resets: 0, backwards: 0, ahead_ms: 0 }))),
    stages: ['precheck', 'ticket', 'security'].map((s) => stage(s, t)),
    all_in: { at: iso(all), error_s: 180, late_s: 360, limited_by: 'security', advice: { stage: 'security', lanes: 3, before: iso(ms('18:52:00')), all_in_at: iso(ms('19:28:00')) } },
    sources: plan.features.filter((f) => f.properties.kind === 'source').map((f) => ({ id: f.id, expected_ppl_min: Math.round(f.properties.share * 430 * curve(t)) })),
  };
}
function flow(t) {
  const m = minuteOf(t) + 1;
  const cps = gates.map((g) => { const a = Array.from({ length: m }, (_, i) => (silent(g.id) && i > m - 3 ? 0 : rate(g, i))); return { id: g.id, in: a, out: a.map(() => 0), final_count: m - 3, revision: a.map((_, i) => (i % 17 === 5 ? 1 : 0)) }; });
  const inside = []; let n = 0;
  const enter = cps.filter((c) => gates.find((g) => g.id === c.id).properties.stage === 'security');
  for (let i = 0; i < m; i++) { n += enter.reduce((k, c) => k + c.in[i], 0); inside.push(n); }
  return { from: iso(T0), step_s: 60, checkpoints: cps, inside };
}
const problem = (res, status, code, reason, suggestion) => { res.writeHead(status, { 'content-type': 'application/problem+json' }); res.end(JSON.stringify({ type: `urn:${code}`, title: reason, status, code, reason, suggestion })); };
const json = (res, body, headers = {}) => { res.writeHead(200, { 'content-type': 'application/json', ...headers }); res.end(JSON.stringify(body)); };
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
const CSP = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; worker-src 'self'; connect-src 'self'; frame-ancestors 'none'";
const accounts = [{ name: 'admin', role: 'admin', disabled: false, signed_in_at: iso(ms('17:00:00')) }, { name: '王磊', role: 'operator', disabled: false, signed_in_at: null }];

const server = createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x');
  const p = url.pathname;
  let body = '';
  for await (const chunk of req) body += chunk;
  if (!p.startsWith('/api/')) {
    const file = join(DIST, normalize(p === '/' || !existsSync(join(DIST, p)) ? '/index.html' : p));
    res.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP });
    return res.end(readFileSync(file));
  }
  if (p === '/api/v1/sign-in') {
    const b = JSON.parse(body);
    if (b.password !== 'mock-password') return problem(res, 401, 'account.wrong', '用户名或密码错误', '请重试；管理员可以重置密码');
    return json(res, { name: b.name, role: 'admin', must_change_password: false }, { 'set-cookie': 'm=1; HttpOnly; SameSite=Strict; Path=/' });
  }
  if (!/m=1/.test(req.headers.cookie ?? '') && !p.endsWith('/passages')) return problem(res, 401, 'account.sign_in', '请先登录', '');
  const t = url.searchParams.get('at') ? Date.parse(url.searchParams.get('at')) : nowMs();
  if (p === '/api/v1/me') return json(res, { name: 'admin', role: 'admin', must_change_password: false });
  if (p === '/api/v1/sign-out') { res.writeHead(204, { 'set-cookie': 'm=0; Path=/; Max-Age=0' }); return res.end(); }
  if (p === '/api/v1/sessions') return json(res, [{ id: 'demo', name: plan.cordon.name, event: plan.cordon.event, doors: plan.cordon.timetable.doors, start: plan.cordon.timetable.start, end: plan.cordon.timetable.end, exercise: true, speed: SPEED, closed: false, now: iso(nowMs()), plan_version: 1 }]);
  if (p.endsWith('/plan')) return json(res, plan);
  if (p.endsWith('/base')) return json(res, base);
  if (p.endsWith('/state')) return json(res, state(t));
  if (p.endsWith('/flow')) return json(res, flow(t));
  if (p.endsWith('/conflicts')) return json(res, []);
  if (p.endsWith('/passages')) { posted += body.split('\n').filter(Boolean).reduce((k, l) => k + JSON.parse(l).in, 0); return json(res, { accepted: 1, duplicate: 0, rejected: [] }); }
  if (p.endsWith('/lanes')) { const b = JSON.parse(body); for (const [l, o] of Object.entries(b.lanes)) opened.get(b.checkpoint)?.set(l, o); return json(res, {}); }
  if (p.endsWith('/recounts')) return json(res, {});
  if (p === '/api/v1/accounts' && req.method === 'GET') return json(res, accounts);
  if (p === '/api/v1/device-tokens' && req.method === 'GET') return json(res, []);
  if (p === '/api/v1/device-tokens') return json(res, { id: 'k1', secret: 'k1.mock-secret' });
  if (p === '/api/v1/audit') return json(res, { intact: true, entries: [{ n: 1, at: iso(ms('17:00:00')), who: 'admin', what: 'sign_in' }] });
  return problem(res, 404, 'not_found', '对象不存在', '请检查地址和编号');
});
const sockets = new Set();
server.on('upgrade', (req, socket) => {
  const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  send(socket, state(nowMs()));
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  socket.on('error', () => sockets.delete(socket));
  socket.on('data', () => {});
});
function send(socket, message) {
  const data = Buffer.from(JSON.stringify(message));
  const head = data.length < 126 ? Buffer.from([0x81, data.length]) : data.length < 65536 ? Buffer.from([0x81, 126, data.length >> 8, data.length & 255])
    : Buffer.concat([Buffer.from([0x81, 127, 0, 0, 0, 0]), Buffer.from([data.length >>> 24, (data.length >> 16) & 255, (data.length >> 8) & 255, data.length & 255])]);
  socket.write(Buffer.concat([head, data]));
}
setInterval(() => {
  seq++;
  const s = state(nowMs());
  for (const socket of sockets) send(socket, { ...s, type: 'delta' });
}, 500);
server.listen(PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/ admin mock-password`));
