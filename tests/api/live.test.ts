// The WebSocket: the state, then deltas without a gap, resumed where one left off.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { Server, openSession, passage, post, there, type Message, type Token } from './lib.ts';

let server: Server, as: Token, seq = 0;
before(async () => {
  server = await new Server().account('boss', 'administrator').start();
  await server.signIn('boss');
  await openSession(server, 'boss', 'night');
  as = await server.token('boss', 'night');
});
after(async () => { await server.stop(); });

// Messages as an async queue.
interface Listening { socket: WebSocket; opened: Promise<void>; next: () => Promise<Message>; close: () => Promise<void> }
function listen({ since, headers = {}, cookie = there(server.cookies.boss) }:
    { since?: number; headers?: Record<string, string>; cookie?: string } = {}): Listening {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/sessions/night/live`
    + (since === undefined ? '' : `?since=${since}`),
    { headers: { Cookie: cookie, Origin: server.url, ...headers } });
  const messages: Message[] = [], waiting: ((m: Message) => void)[] = [];
  socket.on('message', (d: Buffer) => {
    const m = JSON.parse(d.toString('utf8')) as Message, first = waiting.shift();
    if (first) first(m); else messages.push(m);
  });
  return { socket,
    opened: new Promise<void>((resolve, reject) => { socket.on('open', () => resolve()); socket.on('error', reject);
      socket.on('unexpected-response', (_, answer) => reject(new Error(`status ${answer.statusCode}`))); }),
    next: () => { const m = messages.shift(); return m ? Promise.resolve(m) : new Promise((resolve) => { waiting.push(resolve); }); },
    close: () => new Promise<void>((resolve) => { socket.on('close', () => resolve()); socket.close(); }) };
}
const count = (m: Message, id: string): number | undefined => m.checkpoints?.find((c) => c.id === id)?.in;

test('first the whole state, then a delta for each change, numbered without a gap', async () => {
  const a = listen();
  await a.opened;
  const state = await a.next();
  assert.equal(state.type, 'state');
  let last = state.seq, sum = there(count(state, 'gate-1'));
  for (let i = 0; i < 5; i++) {
    await post(server, as, 'night', passage('G1-1', ++seq));
    let m: Message;
    do {
      m = await a.next();
      if (m.type === 'delta') { assert.equal(m.seq, last + 1); last = m.seq; }
    } while (count(m, 'gate-1') !== sum + 1);
    sum++;
  }
  await a.close();
});

test('two browsers hear the same', async () => {
  const [a, b] = [listen(), listen()];
  await Promise.all([a.opened, b.opened]);
  await Promise.all([a.next(), b.next()]);
  await post(server, as, 'night', passage('G2-1', ++seq));
  const until = async (l: Listening): Promise<Message> => {
    for (;;) { const m = await l.next(); if (count(m, 'gate-2') !== undefined) return m; }
  };
  assert.deepEqual(await until(a), await until(b));
  await Promise.all([a.close(), b.close()]);
});

test('who was away for a while gets what was missed, and nothing twice', async () => {
  const a = listen();
  await a.opened;
  const state = await a.next();
  await a.close();
  const sum = there(count(state, 'gate-1'));
  for (let i = 0; i < 3; i++) {
    await post(server, as, 'night', passage('G1-1', ++seq));
    // until it has been told to everybody
    const b = listen();
    await b.opened;
    let m = await b.next();
    while (count(m, 'gate-1') !== sum + i + 1) m = await b.next();
    await b.close();
  }
  const c = listen({ since: state.seq });
  await c.opened;
  let m = await c.next(), last = state.seq;
  if (m.type !== 'state') {
    for (;;) {
      if (m.type === 'delta') { assert.equal(m.seq, last + 1); last = m.seq; }
      if (count(m, 'gate-1') === sum + 3) break;
      m = await c.next();
    }
  } else {
    assert.equal(count(m, 'gate-1'), sum + 3);
  }
  await c.close();
});

test('a number from another life is answered with the whole state', async () => {
  const a = listen({ since: 999999999 });
  await a.opened;
  assert.equal((await a.next()).type, 'state');
  await a.close();
});

test('a beat comes when nothing changes', async () => {
  const a = listen();
  await a.opened;
  let m = await a.next();
  while (m.type !== 'beat') m = await a.next();
  assert.ok(m.at && m.seq !== undefined);
  await a.close();
});

test('no cookie, another site: no socket', async () => {
  await assert.rejects(listen({ cookie: '' }).opened, /401/);
  await assert.rejects(listen({ headers: { Origin: 'https://elsewhere.example' } }).opened, /403/);
});

test('signing out ends the socket', async () => {
  const answer = await server.request('POST', '/api/v1/sign-in', { body: { name: 'boss', password: 'only-for-tests-1' } });
  const cookie = there(answer.headers['set-cookie']?.[0]?.split(';')[0]);
  const a = listen({ cookie });
  await a.opened;
  const closed = new Promise<void>((resolve) => { a.socket.on('close', () => resolve()); });
  await server.request('POST', '/api/v1/sign-out', { headers: { Cookie: cookie } });
  await closed;
});
