// Bodies that no honest client sends, to every route that takes one: refused in words, nothing changed, nothing kept.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { PASSWORD, Server, openSession, passage, smallPlan, there, type Told } from './lib.ts';
import { memoryMiB } from './honest.ts';

const server = new Server();
before(async () => {
  await server.account('boss', 'administrator').account('target', 'viewer').start();
  await server.signIn('boss');
  await openSession(server, 'boss', 'night');
});
after(async () => { await server.stop(); });

type Body = Record<string, unknown>;
const s = '/api/v1/sessions/night';
// Every route that takes JSON: a body that it takes, and which of its members are texts, numbers, times.
interface JsonRoute {
  method: string; path: string; good: () => Body; texts: string[]; numbers?: string[]; lists?: string[]; status: number;
}
let made = 0;
const ROUTES: JsonRoute[] = [
  { method: 'POST', path: '/api/v1/sign-in', good: () => ({ name: 'boss', password: PASSWORD }), texts: ['name', 'password'],
    status: 200 },
  { method: 'POST', path: '/api/v1/me/password', good: () => ({ old: PASSWORD, new: PASSWORD }), texts: ['old', 'new'], status: 422 },
  { method: 'POST', path: '/api/v1/sessions', good: () => ({ id: `made-${++made}`, plan: smallPlan() }), texts: ['id'], status: 201 },
  { method: 'POST', path: `${s}/recounts`, good: () => ({ zone: 'hall', ppl: 1, sigma_ppl: 1, reason: 'seen' }),
    texts: ['zone', 'reason'],
    numbers: ['ppl', 'sigma_ppl'], status: 200 },
  { method: 'POST', path: `${s}/empty`, good: () => ({ reason: 'seen' }), texts: ['reason'], status: 200 },
  { method: 'POST', path: `${s}/lanes`, good: () => ({ checkpoint: 'gate-1', lanes: { 2: true } }), texts: ['checkpoint'],
    status: 200 },
  { method: 'POST', path: '/api/v1/accounts', good: () => ({ name: `made-${++made}`, role: 'viewer', password: 'long enough 1' }),
    texts: ['name', 'role', 'password'], status: 201 },
  { method: 'PUT', path: '/api/v1/accounts/target', good: () => ({ role: 'viewer' }), texts: ['role'], status: 200 },
  { method: 'POST', path: '/api/v1/device-tokens', good: () => ({ session: 'night', devices: ['Z-*'], note: 'x' }),
    texts: ['session', 'note'],
    lists: ['devices'], status: 201 },
  { method: 'PUT', path: `${s}/plan`, good: () => ({ ...smallPlan() }), texts: ['type'], status: 200 },
  { method: 'PUT', path: `${s}/base`, good: () => ({ type: 'FeatureCollection', features: [] }), texts: ['type'], status: 204 },
  { method: 'POST', path: '/api/v1/plan/check', good: () => ({ ...smallPlan() }), texts: ['type'], status: 200 },
];

const ask = (r: JsonRoute, body: unknown) => server.request<Told>(r.method, r.path, { as: 'boss', body });
const name = (r: JsonRoute): string => `${r.method} ${r.path}`;
// Refused with a problem that says what and what to do, and not by falling over.
async function refused(r: JsonRoute, body: unknown, why: string): Promise<void> {
  const answer = await ask(r, body);
  const what = `${name(r)}, ${why}: ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.ok(answer.status >= 400 && answer.status < 500 && answer.status !== 429, what);
  assert.ok(answer.json.code && answer.json.reason && answer.json.suggestion, what);
}
// A text of JSON with a member's value written as given.
const withRaw = (good: Body, member: string, raw: string): string => {
  const mark = 'MARK-OF-THE-MEMBER';
  return JSON.stringify({ ...good, [member]: mark }).replace(`"${mark}"`, raw);
};

async function counted(): Promise<string> {
  const state = await server.state('boss', 'night');
  const get = (path: string) => server.request<Body[]>('GET', path, { as: 'boss' });
  const [accounts, tokens, sessions] = await Promise.all([get('/api/v1/accounts'), get('/api/v1/device-tokens'),
    get('/api/v1/sessions')]);
  return JSON.stringify({ sum: state.books.sum, passages: state.books.passages, zones: state.zones.map((z) => z.ledger),
    plan: state.plan_version,
    accounts: accounts.json.map((a) => [a.name, a.role, a.disabled]), tokens: tokens.json.length, sessions: sessions.json.length });
}

for (const r of ROUTES) {
  test(`${name(r)}: what is good is taken, so that what is refused is refused for its fault`, async () => {
    const answer = await ask(r, r.good());
    assert.equal(answer.status, r.status, answer.text);
  });

  test(`${name(r)}: no JSON, deep JSON, other JSON`, { timeout: 60000 }, async () => {
    const had = await counted(), mib = memoryMiB(server);
    const deep = (n: number): string => `${'['.repeat(n)}${']'.repeat(n)}`;
    for (const body of ['', ' ', '{', '}', 'null', 'true', '0', '""', '"', '[]', '[{}]', '{}{}', '{},', "{'a':1}", '{"a":1,}',
      '{a:1}', '\ufeff{}', '{"a":01}',
      '{"a":.5}', '{"a":NaN}', '{"a":Infinity}', '{"a":-}', '{"a":1e999}', '{"a":"\\x"}', '{"a":"\\ud800"}', '{"a":"\\u0000"}',
        '{"a\\u0000b":1}',
      '{"a":"\t"}', '// no\n{}', '\0', '\0{}', '{}\0', deep(1000), deep(2000), '['.repeat(4000), '{"a":'.repeat(600)]) {
      await refused(r, body, JSON.stringify(body.slice(0, 40)));
    }
    for (const member of Object.keys(r.good())) await refused(r, withRaw(r.good(), member, deep(1000)), `deep ${member}`);
    assert.equal(await counted(), had);
    assert.ok(memoryMiB(server) - mib < 128, `${memoryMiB(server) - mib} MiB more`);
  });

  test(`${name(r)}: members twice, unknown, missing, of another kind`, { timeout: 60000 }, async () => {
    const had = await counted();
    const good = r.good(), text = JSON.stringify(good);
    const isPlan = /plan|base/.test(r.path);
    for (const member of Object.keys(good)) {
      await refused(r, `${text.slice(0, -1)},${JSON.stringify(member)}:${JSON.stringify(good[member])}}`, `${member} twice`);
      for (const other of ['null', 'true', '1', '1.5', '"x"', '[]', '{}', '[[]]', '{"__proto__":{}}']) {
        if (r.path.endsWith('/target') && other === 'null') continue; // a change that is not asked for
        const kind = Array.isArray(good[member]) ? '[' : ({ object: '{', string: '"' } as Body)[typeof good[member]] as string ?? '1';
        if (r.path.endsWith('/check') || (kind === '[' && other === '[]') || (kind !== '[' && other.startsWith(kind))
          || (member === 'sigma_ppl' && other === '1.5')) continue;
        // (what is wrong with a plan that is only checked is the answer)
        if (r.path.endsWith('device-tokens') && other === 'null') continue; // members that may be left out
        await refused(r, withRaw(good, member, other), `${member} is ${other}`);
      }
    }
    if (!isPlan) {
      await refused(r, { ...good, surplus: 1 }, 'an unknown member');
      for (const member of ['__proto__', 'constructor', 'toString', '']) await refused(r, `${text.slice(0, -1)},"${member}":{}}`,
        `member ${member}`);
    }
    assert.equal(await counted(), had);
  });

  test(`${name(r)}: texts that are not UTF-8, or are something else`, { timeout: 60000 }, async () => {
    const had = await counted();
    for (const member of r.texts) {
      for (const bytes of [[0xff], [0xc0, 0xae], [0xe0, 0x80, 0xae], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
        [0xf8, 0x88, 0x80, 0x80, 0x80], [0x80], [0xe5, 0xa4],
        [0xfe, 0xff]]) {
        const mark = 'MARK-OF-THE-MEMBER', [before_, behind] = withRaw(r.good(), member, `"a${mark}b"`).split(mark);
        await refused(r, Buffer.concat([Buffer.from(there(before_)), Buffer.from(bytes), Buffer.from(there(behind))]),
          `${member} has ${bytes}`);
      }
    }
    assert.equal(await counted(), had);
  });
}

test('a base map that the page could not draw is refused, at the opening too', async () => {
  const point = { type: 'Point', coordinates: [121.5, 31.2] }, good = { type: 'Feature', properties: null, geometry: point };
  const collection = (f: unknown): Body => ({ type: 'FeatureCollection', features: [good, f] });
  for (const f of [null, 1, 'x', [], {}, { ...good, type: 'Point' }, { ...good, properties: [] }, { ...good, properties: 'x' },
    { ...good, geometry: {} },
    { ...good, geometry: { type: 'Circle', coordinates: [0, 0] } }, { ...good, geometry: { type: 'Point', coordinates: [[0, 0]] } },
    { ...good, geometry: { type: 'Polygon', coordinates: [0, 0] } }, { ...good, geometry: { type: 'Point', coordinates: ['0', '0'] } },
    { ...good, geometry: { type: 'Point', coordinates: [3460000, 3450000] } }, { type: 'Feature', properties: {} }]) {
    const what = JSON.stringify(f);
    assert.equal((await server.request('PUT', `${s}/base`, { as: 'boss', body: collection(f) })).status, 400, what);
    const opened = await server.request('POST', '/api/v1/sessions', { as: 'boss',
      body: { id: 'no-map', plan: smallPlan(), base: collection(f) } });
    assert.equal(opened.status, 400, what);
  }
  assert.equal((await server.request('GET', '/api/v1/sessions/no-map', { as: 'boss' })).status, 404);
  for (const geometry of [null, point, { type: 'MultiPolygon', coordinates: [[[[0, 0], [1, 0], [1, 1], [0, 0]]]] }]) {
    assert.equal((await server.request('PUT', `${s}/base`, { as: 'boss', body: collection({ ...good, geometry }) })).status, 204);
  }
});

test('numbers out of range are refused by name', { timeout: 60000 }, async () => {
  const r = there(ROUTES.find((x) => x.path.endsWith('recounts')));
  for (const n of ['-1', '1.5', '1e3', '10000001', '9223372036854775807', '9223372036854775808', '18446744073709551616', '1e999',
    '-0.5', '"5"', 'null', '0x5']) {
    await refused(r, withRaw(r.good(), 'ppl', n), `ppl ${n}`);
  }
  for (const n of ['-1', '-1e-300', '1000001', '1e999', '-1e999', '1e400', '"1"', 'null', 'NaN', 'Infinity']) await refused(r,
    withRaw(r.good(), 'sigma_ppl', n), `sigma ${n}`);
  for (const at of ['"yesterday"', '"2026-13-01T00:00:00Z"', '"2026-02-30T00:00:00Z"', '"2026-01-01T24:00:01Z"',
    '"2026-01-01T00:00:00"', '"99999-01-01T00:00:00Z"',
    '"-2026-01-01T00:00:00Z"', '5', '"2026-01-01T00:00:00+99:00"', `"${'2'.repeat(1000)}"`]) {
    await refused(r, withRaw({ ...r.good(), at: 'x' }, 'at', at), `at ${at.slice(0, 40)}`);
  }
  for (const from of ['-1', '1.5', '1e3', '99999999999999999999', 'x', '0x1', '+1', ' 1', '１']) {
    for (const where of [`${s}/journal?from=${encodeURIComponent(from)}`, `${s}/journal?count=${encodeURIComponent(from)}`,
      `/api/v1/audit?from=${encodeURIComponent(from)}`]) {
      assert.equal((await server.request('GET', where, { as: 'boss' })).status, 400, where);
    }
  }
  assert.equal((await server.request('GET', `${s}/journal?count=10001`, { as: 'boss' })).status, 400);
});

test('passages: numbers, texts and shapes that cannot be are rejected one by one, and their neighbours count', { timeout: 60000 },
  async () => {
  const good = (seq: number): Buffer => Buffer.from(passage('G1-1', seq));
  const part = (member: string, raw: string): Buffer => Buffer.from(withRaw(JSON.parse(passage('G1-2', 1)) as Body, member, raw));
  const bad: Buffer[] = [];
  for (const n of ['-1', '1.5', '1e2', '1e999', 'NaN', 'Infinity', '18446744073709551616', '"1"', 'null', '[]', '{}', '00', '+1',
    '0x1', '1_000', 'true']) {
    for (const member of ['boot', 'seq', 'in', 'out']) bad.push(part(member, n));
  }
  for (const t of ['""', '"\\u0000"', '"\\ud800"', '"\\x"', 'null', '1', '[]',
    `"${'x'.repeat(300)}"`]) for (const member of ['device', 'at']) bad.push(part(member, t));
  for (const bytes of [[0xff], [0xc0, 0xae], [0xed, 0xa0, 0x80]]) {
    bad.push(Buffer.concat([Buffer.from('{"device":"G1-2'), Buffer.from(bytes),
      Buffer.from('","boot":1,"seq":1,"at":"2026-01-01T00:00:00Z","in":1,"out":0}')]));
  }
  bad.push(Buffer.from('['.repeat(4000)), Buffer.from('{"device":'.repeat(300)),
    Buffer.from('{"device":"G1-2","device":"G1-1","boot":1,"seq":1,"at":"2026-01-01T00:00:00Z"}'),
    Buffer.from('\0'), Buffer.from('[]'), Buffer.from('null'), Buffer.from('{}'), Buffer.from('{}{}'));
  const newline = Buffer.from('\n'), lines = bad.flatMap((b, i) => [b, newline, good(1000 + i), newline]);
  const answer = await server.request('POST', `${s}/passages`, { as: 'boss', type: 'application/x-ndjson',
    body: Buffer.concat(lines) });
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  const taken = bad.filter((_,
    i) => !answer.json.rejected.some((x) => x.line === 2 * i + 1)).map((b) => b.toString('latin1').slice(0, 160));
  assert.deepEqual(taken, []);
  assert.equal(answer.json.accepted, bad.length);
  assert.equal((await server.state('boss', 'night')).books.sum, 0);
});

test('a body that ends early, or is longer than it says, is nothing and harms nobody', { timeout: 60000 }, async () => {
  const { raw, statuses } = await import('./honest.ts');
  const had = await counted();
  const head = (length: number): string =>
    `POST ${s}/lanes HTTP/1.1\r\nHost: x\r\nX-Cordon: 1\r\nCookie: ${there(server.cookies.boss)}\r\n`
    + `Content-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`;
  const body = '{"checkpoint":"gate-1","lanes":{"2":true}}';
  assert.deepEqual(statuses(await raw(server, head(body.length + 1) + body, { end: true })), []);
  assert.deepEqual(statuses(await raw(server, `${head(body.length)}${body}POST / HTTP/1.1\r\nHost: x\r\n\r\n`, { end: true })), [200]);
  assert.equal(await counted(), had);
});

test('a body over its route\'s limit is refused before it is read, whoever sends it', { timeout: 60000 }, async () => {
  const { raw, statuses } = await import('./honest.ts');
  const mib = memoryMiB(server);
  for (const [r, limit] of ROUTES.map((x): [JsonRoute, number] => [x, 1 << 30])) {
    const text = await raw(server,
      `${r.method} ${r.path} HTTP/1.1\r\nHost: x\r\nX-Cordon: 1\r\nCookie: ${there(server.cookies.boss)}\r\n`
      + `Content-Type: application/json\r\nContent-Length: ${limit}\r\nExpect: 100-continue\r\n\r\n`);
    assert.deepEqual(statuses(text), [413], name(r));
  }
  assert.ok(memoryMiB(server) - mib < 16);
});
