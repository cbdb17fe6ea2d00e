// Every route of docs/openapi.json as every role: who may, may; who may not is told so, and nothing happens. No route is missing.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Server, openSession, root } from './lib.ts';

const openapi = JSON.parse(readFileSync(path.join(root, 'docs/openapi.json'), 'utf8'));
const table = readFileSync(path.join(root, 'src/server/route_list.h'), 'utf8');
const signedIn = 'VIEWER | OPERATOR | PLANNER | ADMIN';
const whoOf = (who) => (who.trim() === 'ANYONE' ? null
  : new Set(who.replace('SIGNED_IN', signedIn).split('|').map((s) => s.trim().toLowerCase())));
const routes = [...table.matchAll(/^R\((\w+),\s*"([^"]+)",\s*([A-Z_| ]+),\s*(\w+), (\w+),/gm)]
  .map(([, method, where, who, name, body]) => ({ method, where, body, name, who: whoOf(who) }));
const roles = ['nobody', 'viewer', 'operator', 'planner', 'admin', 'device'];

let server, token;
before(async () => {
  server = new Server();
  for (const role of ['viewer', 'operator', 'planner']) server.account(role, role);
  server.account('chief', 'administrator');
  await server.start();
  for (const role of ['viewer', 'operator', 'planner', 'chief']) assert.equal((await server.signIn(role)).status, 200);
  await openSession(server, 'chief', 'night');
  token = await server.token('chief', 'night');
});
after(async () => { await server.stop(); });

const types = { NONE: undefined, JSON: 'application/json', GEOJSON: 'application/geo+json',
  NDJSON: 'application/x-ndjson', CSV: 'text/csv' };

test('the table and the description know the same routes', () => {
  const described = Object.entries(openapi.paths).flatMap(([p, ms]) => Object.keys(ms).filter((m) => /^(get|post|put|delete)$/.test(m))
    .map((m) => `${m.toUpperCase()} ${p}`));
  assert.ok(routes.length > 30);
  assert.deepEqual(new Set(described), new Set(routes.map((r) => `${r.method} ${r.where}`)));
});

for (const role of roles) {
  test(`every route as ${role}`, async () => {
    for (const r of routes) {
      // Bodies that are refused for what they say, so that nothing changes: what counts is who was let as far as that.
      const where = r.where.replace('{id}', 'night').replace('{name}', 'nobody-here').replace('{key}', 'no-such-token');
      if (role !== 'nobody' && r.name === 'sign_out') continue; // it would end the cookie that the next routes need
      const as = role === 'nobody' ? undefined : role === 'device' ? { token: token.token } : role === 'admin' ? 'chief' : role;
      const answer = await server.request(r.method, where,
        { as, ...(r.body !== 'NONE' && { type: types[r.body], body: r.body === 'JSON' ? '{"no":1}' : 'no' }) });
      const may = r.who === null || r.who.has(role);
      const what = `${r.method} ${r.where} as ${role}: ${answer.status} ${answer.text.slice(0, 120)}`;
      if (may) assert.ok(answer.status !== 403 && (answer.status !== 401 || r.name === 'sign_in'), what);
      else assert.equal(answer.status, role === 'nobody' ? 401 : 403, what);
      if (answer.status >= 400) assert.ok(answer.json?.code && answer.json?.suggestion, what);
    }
  });
}

test('a method that an address does not take is told which it takes', async () => {
  const answer = await server.request('DELETE', '/api/v1/sessions', { as: 'chief' });
  assert.equal(answer.status, 405);
  assert.match(answer.headers.allow, /GET.*POST|POST.*GET/);
});

test('another site cannot act with somebody\'s cookie', async () => {
  const answer = await server.request('POST', '/api/v1/sessions/night/lanes',
    { as: 'operator', body: { checkpoint: 'gate-1', lanes: { 1: false } },
    headers: { Origin: 'https://elsewhere.example' } });
  assert.equal(answer.status, 403);
  assert.equal(answer.json.code, 'account.cross_site');
});

test('a token for one session is nothing in another', async () => {
  await openSession(server, 'chief', 'other');
  const answer = await server.request('POST', '/api/v1/sessions/other/passages', { as: token, type: 'application/x-ndjson', body: '{}\n' });
  assert.equal(answer.status, 403);
});

test('an ended token is nobody', async () => {
  const mine = await server.token('chief', 'night');
  assert.ok((await server.request('DELETE', `/api/v1/device-tokens/${mine.id}`, { as: 'chief' })).status < 300);
  const answer = await server.request('POST', '/api/v1/sessions/night/passages', { as: mine, type: 'application/x-ndjson', body: '{}\n' });
  assert.equal(answer.status, 401);
});

test('a disabled account is signed out everywhere', async () => {
  server.cookies.gone = server.cookies.viewer;
  assert.ok((await server.request('PUT', '/api/v1/accounts/viewer', { as: 'chief', body: { disabled: true } })).status < 300);
  assert.equal((await server.request('GET', '/api/v1/me', { as: 'gone' })).status, 401);
});

test('what was done stands in the audit chain, and the chain holds', async () => {
  const { json, text } = await server.request('GET', '/api/v1/audit?count=1000', { as: 'chief' });
  assert.ok(/sign/i.test(text) && text.includes('viewer'));
  assert.equal(json.whole ?? json.chain_whole ?? json.intact, true, Object.keys(json).join());
});

test('a password that an administrator has set opens nothing but its own change', async () => {
  const first = 'set-by-the-chief-1', own = 'my-own-password-2';
  const made = await server.request('POST', '/api/v1/accounts',
    { as: 'chief', body: { name: 'newcomer', role: 'viewer', password: first } });
  assert.ok(made.status < 300, made.text);
  await server.signIn('newcomer', first);
  const refused = await server.request('GET', '/api/v1/sessions', { as: 'newcomer' });
  assert.deepEqual([refused.status, refused.json.code], [403, 'account.must_change']);
  assert.equal((await server.request('GET', '/api/v1/me', { as: 'newcomer' })).json.must_change_password, true);
  const changed = await server.request('POST', '/api/v1/me/password', { as: 'newcomer', body: { old: first, new: own } });
  assert.ok(changed.status < 300, changed.text);
  assert.equal((await server.request('GET', '/api/v1/sessions', { as: 'newcomer' })).status, 200);
});

test('guessing passwords is slowed down, and the right one waits too', async () => {
  let answer;
  for (let i = 0; i < 12; i++) {
    answer = await server.signIn('planner', 'wrong-password');
    if (answer.status === 429) break;
    assert.equal(answer.status, 401);
  }
  assert.equal(answer.status, 429);
  assert.ok(Number(answer.headers['retry-after']) > 0);
  assert.equal((await server.signIn('planner')).status, 429);
});

test('the page and its rules: CSP, no sniffing, no framing', async () => {
  const answer = await server.request('GET', '/');
  assert.match(answer.headers['content-security-policy'], /default-src 'self'/);
  assert.match(answer.headers['content-security-policy'], /frame-ancestors 'none'/);
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
});
