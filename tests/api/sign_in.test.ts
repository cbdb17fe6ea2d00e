// Signing in, against those who guess, steal and stay: limits, times, cookies and their end.
import test from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import WebSocket from 'ws';
import { PASSWORD, Server, openSession, release, there, type Answer, type Audit, type ServerOptions } from './lib.ts';
import { ClockedServer, HOUR_MS } from './clock.ts';
import { fromAddress, processorTicks } from './honest.ts';

async function serve<S extends Server>(t: TestContext, server: S): Promise<S> {
  t.after(() => server.end());
  await server.account('boss', 'administrator').account('op', 'operator').start();
  await server.signIn('boss');
  return server;
}
const plain = (t: TestContext, options?: ServerOptions): Promise<Server> => serve(t, new Server({ mqtt: false, ...options }));

// Tries from another loopback address; its cookies are its own.
const attempt = (server: Server, name: string, password: string, address: number): Promise<Answer> => {
  const agent = server.newAgent(1, fromAddress(address));
  return server.request('POST', '/api/v1/sign-in', { body: { name, password }, agent }).finally(() => agent.destroy());
};

test('guessing is slowed down by name and by address; the right password waits too, then gets in', { timeout: 60000 }, async (t) => {
  const server = await plain(t);
  const seen: number[] = [];
  for (let i = 0; i < 7; i++) seen.push((await attempt(server, 'op', `guess number ${i}`, i)).status); // by name, from seven addresses
  assert.deepEqual(seen.slice(0, 6), [401, 401, 401, 401, 401, 429]);
  const right = await attempt(server, 'op', PASSWORD, 50);
  assert.equal(right.status, 429, 'the limit can be told from outside neither way');
  const wait_s = Number(right.headers['retry-after']);
  assert.ok(wait_s >= 1 && wait_s <= 64, `${wait_s}`);
  await new Promise((resolve) => { setTimeout(resolve, wait_s * 1000); });
  assert.equal((await attempt(server, 'op', PASSWORD, 50)).status, 200);
  const by_address: number[] = [];
  for (let i = 0; i < 7; i++) by_address.push((await attempt(server, `name ${i}`, 'guess', 60)).status);
  assert.deepEqual(by_address.slice(0, 6), [401, 401, 401, 401, 401, 429]);
});

test('a stranger who guesses at a name without end does not keep its owner out of where he signed in before', { timeout: 60000 },
  async (t) => {
  const server = await plain(t);
  assert.equal((await attempt(server, 'op', PASSWORD, 1)).status, 200);
  for (let i = 0; i < 12; i++) await attempt(server, 'op', 'guess', 100 + i);
  assert.equal((await attempt(server, 'op', PASSWORD, 2)).status, 429, 'elsewhere it waits');
  assert.equal((await attempt(server, 'op', PASSWORD, 1)).status, 200);
  // Who guesses there is slowed down there.
  const seen: number[] = [];
  for (let i = 0; i < 6; i++) seen.push((await attempt(server, 'op', 'guess', 1)).status);
  assert.deepEqual(seen, [401, 401, 401, 401, 401, 429]);
});

test('an unknown name, a disabled one and a wrong password are answered alike, and take as long', { timeout: 120000 }, async (t) => {
  const server = new Server({ mqtt: false, binary: release });
  for (const n of [1, 2, 3, 4]) server.account(`op-${n}`, 'operator').account(`gone-${n}`, 'viewer');
  await serve(t, server);
  for (const n of [1, 2, 3, 4]) await server.request('PUT', `/api/v1/accounts/gone-${n}`, { as: 'boss', body: { disabled: true } });
  const took: Record<string, number[]> = { 'a wrong password': [], 'an unknown name': [], 'a disabled account': [] };
  const texts = new Set<string>();
  for (let i = 0; i < 20; i++) { // four accounts, five free tries each
    const n = 1 + i % 4;
    for (const [k, [what, name]] of ([['a wrong password', `op-${n}`], ['an unknown name', `nobody-${n}`],
      ['a disabled account', `gone-${n}`]] as const).entries()) {
      const began = processorTicks(server);
      const answer = await attempt(server, name, what === 'a disabled account' ? PASSWORD : 'wrong', 200 + 3 * i + k);
      there(took[what]).push(processorTicks(server) - began);
      assert.equal(answer.status, 401, answer.text);
      texts.add(answer.text);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
  }
  assert.equal(texts.size, 1, [...texts].join('\n'));
  // Processor time of all twenty, taken in turns: what else the machine does hardly counts.
  const spent = Object.entries(took).map(([what, ms]): [string, number] => [what, ms.reduce((a, b) => a + b, 0)]);
  t.diagnostic(spent.map(([what, ticks]) => `${what} ${(ticks / 2).toFixed(1)} ms`).join(', '));
  const all = spent.map(([, ticks]) => ticks);
  assert.ok(Math.min(...all) > 20 && Math.max(...all) < 1.6 * Math.min(...all), JSON.stringify(spent));
});

test('failed sign-ins stand in the audit chain, counted, without what was typed', { timeout: 60000 }, async (t) => {
  const server = await plain(t);
  for (let i = 0; i < 3; i++) await attempt(server, 'op', 'my secret guess', 7);
  await attempt(server, 'my password in the wrong box', 'x', 8);
  const { entries, intact } = (await server.request<Audit>('GET', '/api/v1/audit', { as: 'boss' })).json;
  const failed = entries.filter((e) => e.what === 'sign-in-failed');
  assert.deepEqual(failed.map((e) => [e.who, e.address, e.detail?.count]), [['op', fromAddress(7), 1], ['', fromAddress(8), 1]]);
  assert.ok(intact && !JSON.stringify(entries).includes('secret guess') && !JSON.stringify(entries).includes('wrong box'));
});

test('a cookie that somebody brings is never made a sign-in: each gets a new one, that only the server knows', { timeout: 60000 },
  async (t) => {
  const server = await plain(t);
  const brought = `cordon=${'A'.repeat(43)}`;
  const answer = await server.request('POST', '/api/v1/sign-in', { body: { name: 'op', password: PASSWORD },
    headers: { Cookie: brought } });
  const [cookie] = there(answer.headers['set-cookie']);
  assert.match(there(cookie), /^cordon=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  assert.ok(!there(cookie).startsWith(brought));
  assert.equal((await server.request('GET', '/api/v1/me', { headers: { Cookie: brought } })).status, 401);
  const again = await server.request('POST', '/api/v1/sign-in', { body: { name: 'op', password: PASSWORD },
    headers: { Cookie: there(cookie).split(';')[0] ?? '' } });
  assert.notEqual(again.headers['set-cookie']?.[0], cookie);
  for (const name of ['cordonx', 'xcordon', 'Cordon', ' cordon ']) {
    assert.equal((await server.request('GET', '/api/v1/me', { headers: { Cookie: there(cookie).replace(/^cordon/,
      name).split(';')[0] ?? '' } })).status, 401, name);
  }
  for (const secret of ['', 'A', 'A'.repeat(42), 'A'.repeat(44), 'A'.repeat(4000), '"', '%41']) {
    assert.equal((await server.request('GET', '/api/v1/me', { headers: { Cookie: `cordon=${secret}` } })).status, 401);
    assert.equal((await server.request('GET', '/api/v1/me', { headers: { Authorization: `Bearer ${secret}` } })).status, 401);
  }
});

test('a new password ends every other sign-in of its owner, and a stolen cookie with them', { timeout: 60000 }, async (t) => {
  const server = await plain(t);
  await server.signIn('op', PASSWORD, 'here');
  await server.signIn('op', PASSWORD, 'stolen');
  const changed = await server.request('POST', '/api/v1/me/password', { as: 'here',
    body: { old: PASSWORD, new: 'another password 2' } });
  assert.equal(changed.status, 204, changed.text);
  assert.equal((await server.request('GET', '/api/v1/me', { as: 'here' })).status, 200);
  assert.equal((await server.request('GET', '/api/v1/me', { as: 'stolen' })).status, 401);
});

async function watching(server: Server, as: string): Promise<WebSocket> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/sessions/night/live`,
    { headers: { Cookie: there(server.cookies[as]), Origin: server.url } });
  await once(socket, 'open');
  return socket;
}

test('a sign-in ends twelve hours after it, however much it is used, and its open page with it', { timeout: 60000 }, async (t) => {
  const server = await serve(t, new ClockedServer({ mqtt: false }));
  await openSession(server, 'boss', 'night');
  await server.signIn('op');
  const me = await server.request<{ until: string }>('GET', '/api/v1/me', { as: 'op' });
  assert.ok(Math.abs(Date.parse(me.json.until) - Date.now() - 12 * HOUR_MS) < 60000, me.text);
  const socket = await watching(server, 'op');
  const closed = once(socket, 'close') as Promise<[number, Buffer]>;
  for (let h = 1.5; h < 12; h += 1.5) {
    server.setAhead(h * HOUR_MS);
    assert.equal((await server.request('GET', '/api/v1/me', { as: 'op' })).status, 200, `after ${h} hours`);
  }
  assert.equal(socket.readyState, WebSocket.OPEN);
  server.setAhead(12 * HOUR_MS + 1000);
  const over = await server.request('GET', '/api/v1/me', { as: 'op' });
  assert.deepEqual([over.status, over.json.code], [401, 'account.sign_in_over']);
  assert.match(over.json.reason, /12 hours/);
  assert.equal((await closed)[0], 4401);
  const chinese = await server.request('GET', '/api/v1/me', { as: 'op', headers: { 'Accept-Language': 'zh-CN' } });
  assert.match(chinese.json.reason, /登录已过期/);
  assert.equal((await server.signIn('op')).status, 200);
  assert.equal((await server.request('GET', '/api/v1/me', { as: 'op' })).status, 200);
});

test('a sign-in that is not used ends after two hours; an open page is a use', { timeout: 60000 }, async (t) => {
  const server = await serve(t, new ClockedServer({ mqtt: false }));
  await openSession(server, 'boss', 'night');
  await server.signIn('op');
  await server.signIn('op', PASSWORD, 'watcher');
  const socket = await watching(server, 'watcher');
  for (let h = 0.5; h <= 2.5; h += 0.5) {
    server.setAhead(h * HOUR_MS);
    const beat = once(socket, 'message'); // the tick that sends it has looked at the cookie
    await beat;
    await once(socket, 'message');
    await once(socket, 'message');
  }
  assert.equal((await server.request('GET', '/api/v1/me', { as: 'op' })).json.code, 'account.sign_in_over');
  assert.equal((await server.request('GET', '/api/v1/me', { as: 'watcher' })).status, 200);
  assert.equal((await server.signIn('op')).status, 200);
  socket.close();
});
