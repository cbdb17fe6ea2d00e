// The whole route table, the WebSocket, the page and MQTT, as everybody who may come: each may what rights.table.ts says and no more;
// a refusal changes nothing and is written down.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { Answer, PASSWORD, openSession, post, passage, tested, there, type As, type Audit, type Journal, type Token } from './lib.ts';
import { ClockedServer, HOUR_MS } from './clock.ts';
import { mqttHello, mqttPuback, mqttPublish, RawMqtt } from './mqtt_raw.ts';
import { rights, type Asked, type Right } from './rights.table.ts';

const ROLES = { V: 'viewer', O: 'operator', P: 'planner', A: 'administrator' } as const;
const FIRST_PASSWORD = 'set-by-the-chief-1';
const server = new ClockedServer();
const tokens: Record<string, Token> = {};
let origin = '';

before(async () => {
  for (const role of Object.values(ROLES)) server.account(role, role);
  for (const name of ['chief', 'shift', 'leaver', 'gone']) server.account(name, 'administrator');
  server.setAhead(-2.5 * HOUR_MS);
  await server.start();
  await server.signIn('shift');
  server.setAhead(0);
  origin = server.url;
  for (const name of [...Object.values(ROLES), 'chief', 'leaver', 'gone']) assert.equal((await server.signIn(name)).status, 200, name);
  await openSession(server, 'chief', 'night');
  await server.request('PUT', '/api/v1/sessions/night/base',
    { as: 'chief', type: 'application/geo+json', body: { type: 'FeatureCollection', features: [] } });
  await openSession(server, 'chief', 'other');
  tokens.device = await server.token('chief', 'night');
  tokens.everywhere = await server.token('chief', '');
  tokens.foreign = await server.token('chief', 'other');
  tokens.narrow = await server.token('chief', 'night', ['Z-*']);
  tokens.ended = await server.token('chief', 'night');
  await server.request('DELETE', `/api/v1/device-tokens/${tokens.ended.id}`, { as: 'chief' });
  await server.request('POST', '/api/v1/sign-out', { as: 'leaver' });
  await server.request('PUT', '/api/v1/accounts/gone', { as: 'chief', body: { disabled: true } });
  for (const name of ['fresh', 'target']) {
    const made = await server.request('POST', '/api/v1/accounts',
      { as: 'chief', body: { name, role: 'administrator', password: FIRST_PASSWORD } });
    assert.equal(made.status, 201, made.text);
  }
  await server.signIn('fresh', FIRST_PASSWORD);
});
after(async () => { await server.stop(); });

interface Refusal { status: number; code: string }
interface Actor {
  name: string;
  as: () => { as?: As; headers?: http.OutgoingHttpHeaders };
  refusal: (r: Right) => Refusal | null; // null: may
  known?: string;       // whose refusals are written down
  password?: string;    // signs in again before it signs out
}

const methodOf = (r: Right): string => there(r.route.split(' ')[0]);
const changes = (r: Right): boolean => methodOf(r) !== 'GET';
const isSocket = (r: Right): boolean => r.good === 101;
const all = (r: Right): boolean => r.who === '*';
const SIGN_IN = { status: 401, code: 'account.sign_in' };
const FORBIDDEN = { status: 403, code: 'account.forbidden' };
const CROSS_SITE = { status: 403, code: 'account.cross_site' };
const ofRole = (letter: string) => (r: Right): Refusal | null => (all(r) || r.who.includes(letter) ? null : FORBIDDEN);
const asNobody = (r: Right): Refusal | null => (all(r) ? null : SIGN_IN);
const token = (name: string) => () => ({ as: there(tokens[name]) });
const knownToken = (name: string): string => `token:${tokens[name]?.id ?? ''}`;

const actors = (): Actor[] => [
  { name: 'nobody', as: () => ({}), refusal: asNobody },
  ...Object.entries(ROLES).map(([letter, role]): Actor =>
    ({ name: role, as: () => ({ as: role }), refusal: ofRole(letter), known: role, password: PASSWORD })),
  { name: 'the page (an Origin of its own)', as: () => ({ as: 'chief', headers: { 'X-Cordon': [], Origin: origin } }),
    refusal: () => null, password: PASSWORD },
  { name: 'device', as: token('device'), refusal: ofRole('D'), known: knownToken('device') },
  { name: 'device of any session', as: token('everywhere'), refusal: ofRole('D'), known: knownToken('everywhere') },
  { name: 'device for other devices', as: token('narrow'), refusal: ofRole('D'), known: knownToken('narrow') },
  { name: 'device of another session', as: token('foreign'), known: knownToken('foreign'),
    refusal: (r) => (all(r) || (r.who.includes('D') && r.foreign === 200) ? null : FORBIDDEN) },
  { name: 'expired sign-in', as: () => ({ as: 'shift' }),
    refusal: (r) => (all(r) ? null : { status: 401, code: 'account.sign_in_over' }) },
  { name: 'signed-out cookie', as: () => ({ as: 'leaver' }), refusal: asNobody },
  { name: 'disabled account', as: () => ({ as: 'gone' }), refusal: asNobody },
  { name: 'ended token', as: token('ended'), refusal: asNobody },
  { name: 'guessed token', as: () => ({ as: { token: 'A'.repeat(43) } }), refusal: asNobody },
  { name: 'guessed cookie', as: () => ({ headers: { Cookie: `cordon=${'A'.repeat(43)}` } }), refusal: asNobody },
  { name: 'a cookie in the place of a token', as: () =>
    ({ as: { token: there(server.cookies.chief).split('=')[1] ?? '' } }), refusal: asNobody },
  { name: 'a token in the place of a cookie', as: () =>
    ({ headers: { Cookie: `cordon=${there(tokens.device).token}` } }), refusal: asNobody },
  { name: 'password to be changed', as: () => ({ as: 'fresh' }), known: 'fresh', password: FIRST_PASSWORD,
    refusal: (r) => (all(r) || r.before ? null : { status: 403, code: 'account.must_change' }) },
  { name: 'another site with the cookie', as: () =>
    ({ as: 'chief', headers: { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' } }),
    known: 'chief', refusal: (r) => (changes(r) || isSocket(r) ? CROSS_SITE : null) },
  { name: 'a page without an origin with the cookie', as: () =>
    ({ as: 'chief', headers: { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' } }),
    known: 'chief', refusal: (r) => (changes(r) || isSocket(r) ? CROSS_SITE : null) },
  { name: 'a name that begins like ours, with the cookie', as: () =>
    ({ as: 'chief', headers: { Origin: `${origin}.elsewhere.example` } }),
    known: 'chief', refusal: (r) => (changes(r) || isSocket(r) ? CROSS_SITE : null) },
  { name: 'a form of another site with the cookie', as: () =>
    ({ as: 'chief', headers: { 'X-Cordon': [], 'Sec-Fetch-Site': 'cross-site' } }),
    known: 'chief', refusal: (r) => (changes(r) && !all(r) ? CROSS_SITE : null) },
];

// Like server.request(), but an upgrade is an answer too.
function ask(method: string, asked: Asked): Promise<Answer> {
  if (!asked.headers?.Upgrade) return server.request(method, asked.path, asked);
  return new Promise((resolve, reject) => {
    const { as } = asked;
    const request = http.request(server.url + asked.path, { method, headers: { ...asked.headers,
      ...(typeof as === 'string' && { Cookie: server.cookies[as] ?? '' }),
      ...(typeof as === 'object' && { Authorization: `Bearer ${as.token}` }) } });
    request.on('upgrade', (answer, socket) => { socket.destroy(); resolve(new Answer(answer.statusCode ?? 0, answer.headers, '')); });
    request.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (d: string) => { text += d; }).on('end', () =>
        resolve(new Answer(answer.statusCode ?? 0, answer.headers, text)));
    });
    request.on('error', reject).end();
  });
}

// Everything that a request could have changed, but for what refusals and sign-ins write.
async function snapshot(): Promise<string> {
  const get = async <T>(path: string): Promise<T> => (await server.request<T>('GET', path, { as: 'chief' })).json;
  const sessions = (await get<Record<string, unknown>[]>('/api/v1/sessions')).map(({ now: _, ...s }) => s);
  const state = await server.state('chief', 'night');
  const accounts = (await get<Record<string, unknown>[]>('/api/v1/accounts')).map(({ signed_in_at: _, ...a }) => a);
  const devices = (await get<Record<string, unknown>[]>('/api/v1/device-tokens')).map(({ used_at: _, ...t }) => t);
  const audit = (await get<Audit>('/api/v1/audit?from=1&count=10000')).entries.filter((e) => !/^refused|^sign-/.test(e.what));
  // Time and statistics are written now and then by themselves.
  const journal = (await get<Journal>('/api/v1/sessions/night/journal?count=10000')).records
    .filter((r) => !/^(tick|rejected|duplicates?)$/.test(r.kind)).map(({ number: _, ...r }) => r);
  return JSON.stringify({ sessions, accounts, devices, audit, books: state.books,
    zones: state.zones.map((z) => [z.id, z.ledger, z.adjusted]),
    lanes: state.checkpoints.map((c) => [c.id, c.lanes_open, c.in]), plan: await get('/api/v1/sessions/night/plan'),
    base: await get('/api/v1/sessions/night/base'), journal });
}

test('every route that the program has stands in the table, and no other', () => {
  const told = JSON.parse(execFileSync(tested, ['openapi'], { encoding: 'utf8' })) as { paths: Record<string, Record<string, unknown>> };
  const described = Object.entries(told.paths).flatMap(([p, methods]) => Object.keys(methods)
    .filter((m) => /^(get|post|put|delete|patch)$/.test(m)).map((m) => `${m.toUpperCase()} ${p}`));
  assert.deepEqual(described.sort(), rights.map((r) => r.route).sort());
});

let count = 0;
// A request of a right for somebody; what can be done once only is made ready by the chief.
async function prepared(r: Right, actor: Actor, may: boolean): Promise<Asked> {
  const n = ++count, asked = r.ask(n);
  const { as, headers } = actor.as();
  let who = as;
  if (may && asked.path.includes('to-close')) await openSession(server, 'chief', `to-close-${n}`);
  if (asked.path.includes('{token')) {
    asked.path = asked.path.replace(/\{.*/, may ? (await server.token('chief', 'night')).id : there(tokens.device).id);
  }
  if (!may && asked.path.includes('to-close')) asked.path = '/api/v1/sessions/night/close';
  if (may && r.route.endsWith('/sign-out') && typeof as === 'string') {
    assert.equal((await server.signIn(as, actor.password, 'throwaway')).status, 200);
    who = 'throwaway';
  }
  return { ...asked, headers: { ...asked.headers, ...headers }, ...(who !== undefined && { as: who }) };
}

const expected = new Set<string>(); // refusals that must stand in the audit chain

for (const [i, { name }] of actors().entries()) {
  test(`every route as ${name}`, { timeout: 120000 }, async () => {
    const actor = there(actors()[i]);
    const before_ = await snapshot();
    for (const r of rights) {
      const refusal = actor.refusal(r);
      if (refusal === null) continue;
      const answer = await ask(methodOf(r), await prepared(r, actor, false));
      assert.deepEqual([answer.status, answer.json.code], [refusal.status, refusal.code],
        `${r.route} as ${name}: ${answer.text.slice(0, 200)}`);
      assert.ok(answer.json.suggestion && answer.json.reason, r.route);
      assert.equal(answer.headers['set-cookie'], undefined);
      if (refusal.status === 403 && actor.known && !all(r)) expected.add(`${actor.known} ${r.route} ${refusal.code}`);
    }
    assert.equal(await snapshot(), before_, 'a refused request has changed something');
    for (const r of rights) {
      if (actor.refusal(r) !== null) continue;
      const answer = await ask(methodOf(r), await prepared(r, actor, true));
      assert.equal(answer.status, r.good, `${r.route} as ${name}: ${answer.text.slice(0, 200)}`);
      if (r.route.endsWith('/passages') && /device for other/.test(name)) {
        assert.deepEqual([answer.json.accepted, answer.json.rejected[0]?.code], [0, 'passage.not_your_device']);
      }
      if (r.route === 'GET /api/v1/sessions' && /another session/.test(name)) {
        assert.deepEqual((JSON.parse(answer.text) as { id: string }[]).map((x) => x.id), ['other']);
      }
    }
  });
}

test('what was refused to somebody known stands in the audit chain, in counted lines, and the chain holds', async () => {
  const { entries, intact } = (await server.request<Audit>('GET', '/api/v1/audit?from=1&count=10000', { as: 'chief' })).json;
  assert.equal(intact, true);
  const refused = entries.filter((e) => e.what === 'refused');
  const told = new Set(refused.map((e) => `${e.who} ${e.object} ${there(e.detail).code}`));
  assert.ok(expected.size > 150, `${expected.size}`);
  for (const e of expected) assert.ok(told.has(e), e);
  assert.ok(entries.some((e) => e.what === 'sign-in' && e.who === 'viewer'));
  assert.ok(refused.every((e) => e.address === '127.0.0.1' && Number(there(e.detail).count) > 0));
});

test('another method at an address is refused, and told which it takes', async () => {
  const paths = new Map<string, string[]>();
  for (const r of rights) {
    const [method, where] = r.route.split(' ') as [string, string];
    paths.set(where, [...(paths.get(where) ?? []), method, ...(method === 'GET' && !isSocket(r) ? ['HEAD'] : [])]);
  }
  const before_ = await snapshot();
  for (const [where, allowed] of paths) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].filter((m) => !allowed.includes(m))) {
      const path = where.replace('{id}', 'night').replace('{name}', 'target').replace('{key}', there(tokens.device).id);
      const answer = await server.request(method, path, { as: 'chief' });
      assert.equal(answer.status, 405, `${method} ${where}: ${answer.text}`);
      assert.deepEqual(there(answer.headers.allow).split(', ').sort(), [...allowed].sort(), where);
    }
  }
  assert.equal(await snapshot(), before_);
});

test('HEAD answers like GET, without a body and without a right more', async () => {
  for (const r of rights.filter((x) => !changes(x) && !isSocket(x))) {
    for (const [as, may] of [['administrator', true], ['viewer', all(r) || r.who.includes('V')]] as const) {
      const answer = await server.request('HEAD', r.ask(0).path, { as });
      assert.deepEqual([answer.status, answer.text], [may ? r.good : 403, ''], `${r.route} as ${as}`);
    }
  }
});

test('the page and the root certificate are for everybody, to be read only', async () => {
  for (const path of ['/', '/index.html', '/control/night']) {
    for (const as of [undefined, 'viewer', there(tokens.device), 'shift']) {
      const answer = await server.request('GET', path, { as });
      assert.equal(answer.status, 200, path);
      assert.match(String(answer.headers['content-security-policy']), /default-src 'self'.*frame-ancestors 'none'/);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      assert.equal((await server.request(method, path, { as: 'administrator' })).status, 405, `${method} ${path}`);
    }
  }
});

test('MQTT lets devices with a token in, and each to its own session and devices', { timeout: 60000 }, async () => {
  const before_ = await snapshot();
  for (const password of [PASSWORD, '', 'A'.repeat(43), there(tokens.ended).token, there(server.cookies.chief).split('=')[1] ?? '']) {
    const raw = new RawMqtt(server.mqttPort).send(mqttHello({ password }));
    assert.equal(await raw.next(), '20020005', 'not authorised');
    assert.equal(await raw.next(), null, 'and closed');
  }
  for (const [password, topic] of [[there(tokens.foreign).token, 'cordon/night/passages'],
    [there(tokens.device).token, 'cordon/other/passages'], [there(tokens.device).token, 'cordon/night/plan'],
    [there(tokens.device).token, '$SYS/x']] as const) {
    const known = topic.endsWith('/passages'); // what is sent to other topics is thrown away, as a broker without subscribers does
    const raw = new RawMqtt(server.mqttPort).send(mqttHello({ password }));
    assert.equal(await raw.next(), '20020000');
    raw.send(mqttPublish(1, passage('G2-1', 1), { topic }));
    const told = await raw.next();
    assert.equal(told, known ? null : mqttPuback(1), topic);
    raw.socket.destroy();
  }
  const narrow = new RawMqtt(server.mqttPort).send(mqttHello({ password: there(tokens.narrow).token }));
  assert.equal(await narrow.next(), '20020000');
  narrow.send(mqttPublish(1, passage('G2-1', 1)));
  assert.equal(await narrow.next(), '40020001', 'taken off its hands');
  narrow.socket.destroy();
  const books = (json: string): string => json.replace(/"rejected":\d+/, '');
  assert.equal(books(await snapshot()), books(before_));
});

test('an ended token, a changed role and a disabled account are felt at once, on open sockets too', { timeout: 60000 }, async () => {
  const mine = await server.token('chief', 'night');
  assert.equal((await post(server, mine, 'night', passage('G2-2', 1))).status, 200);
  const raw = new RawMqtt(server.mqttPort).send(mqttHello({ password: mine.token, client: 'ends' }));
  assert.equal(await raw.next(), '20020000');
  assert.equal((await server.request('DELETE', `/api/v1/device-tokens/${mine.id}`, { as: 'chief' })).status, 204);
  assert.equal((await post(server, mine, 'night', passage('G2-2', 2))).status, 401);
  const had = await snapshot();
  raw.send(mqttPublish(1, passage('G2-2', 3)));
  await raw.next();
  const counted = (json: string): unknown => (JSON.parse(json) as { zones: unknown }).zones;
  assert.deepEqual(counted(await snapshot()), counted(had), 'a passage of an ended token was counted');
  raw.socket.destroy();
  await server.signIn('target', FIRST_PASSWORD);
  assert.equal((await server.request('GET', '/api/v1/me', { as: 'target' })).status, 200);
  await server.request('PUT', '/api/v1/accounts/target', { as: 'chief', body: { role: 'viewer' } });
  assert.equal((await server.request('GET', '/api/v1/me', { as: 'target' })).status, 401);
});

test('the last administrator cannot be taken away', async () => {
  const admins = async (): Promise<string[]> =>
    (await server.request<{ name: string; role: string; disabled: boolean }[]>('GET', '/api/v1/accounts', { as: 'chief' })).json
      .filter((a) => a.role === 'administrator' && !a.disabled).map((a) => a.name);
  for (const name of (await admins()).filter((a) => a !== 'chief')) {
    assert.equal((await server.request('PUT', `/api/v1/accounts/${name}`, { as: 'chief', body: { role: 'viewer' } })).status, 200, name);
  }
  const last = await server.request('PUT', '/api/v1/accounts/chief', { as: 'chief', body: { disabled: true } });
  assert.deepEqual([last.status, last.json.code], [403, 'account.forbidden']);
  assert.deepEqual(await admins(), ['chief']);
});

test('a password that an administrator has set opens nothing but its own change', async () => {
  const own = 'my-own-password-2';
  await server.request('POST', '/api/v1/accounts', { as: 'chief', body: { name: 'newcomer', role: 'viewer', password: FIRST_PASSWORD } });
  await server.signIn('newcomer', FIRST_PASSWORD);
  assert.equal((await server.request('GET', '/api/v1/me', { as: 'newcomer' })).json.must_change_password, true);
  const changed = await server.request('POST', '/api/v1/me/password', { as: 'newcomer', body: { old: FIRST_PASSWORD, new: own } });
  assert.equal(changed.status, 204, changed.text);
  assert.equal((await server.request('GET', '/api/v1/sessions', { as: 'newcomer' })).status, 200);
});
