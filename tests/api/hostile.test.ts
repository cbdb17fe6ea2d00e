// Bytes that no honest client sends; and crowds of clients. Nobody else pays for them.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { Server, openSession, passage, post, release, there, type Token } from './lib.ts';
import { memoryMiB as memoryOf, raw as rawOf, statuses } from './honest.ts';

let server: Server, as: Token;
before(async () => {
  // The release program: what is measured here are memory and numbers of sockets.
  server = await new Server({ binary: release }).account('boss', 'administrator').start();
  await server.signIn('boss');
  await openSession(server, 'boss', 'night');
  as = await server.token('boss', 'night');
});
after(async () => { await server.stop(); });

const raw = (bytes: string, options?: { until?: RegExp; end?: boolean }): Promise<string> => rawOf(server, bytes, options);
const status = (text: string): number => statuses(text)[0] ?? 0;
const alive = async (seq: number): Promise<void> => assert.equal((await post(server, as, 'night',
  passage('G1-1', seq))).json.accepted, 1);
const memoryMiB = (): number => memoryOf(server);

test('requests that mean two things are refused and the connection ends', async () => {
  const smuggled = 'GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n';
  for (const head of [
    'POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
      + `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    `POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd${smuggled}`,
    `POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n${smuggled}`,
    `POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n${smuggled}`,
    `GET /api/v1/health HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n`,
    `GET /api/v1/health HTTP/1.1\r\nHost : x\r\n\r\n`,
    `GET /api/v1/health HTTP/9.9\r\nHost: x\r\n\r\n`,
    `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03`,
    `GET /api/v1/health\r\n\r\n`,
  ]) {
    const text = await raw(head, { end: true });
    assert.ok(status(text) === 0 || (status(text) >= 400 && status(text) < 500),
      `${JSON.stringify(head.slice(0, 80))} -> ${text.slice(0, 80)}`);
    assert.ok((text.match(/HTTP\/1\.1 /g) ?? []).length <= 1, `two answers to ${JSON.stringify(head.slice(0, 60))}`);
  }
  await alive(1);
});

test('no path leads out of the page\'s folder', async () => {
  for (const p of [
    '/../../../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fetc/passwd', '//etc/passwd',
    '/assets/..\\..\\x', '/%00', '/a%', '/%c0%ae%c0%ae/x',
  ]) {
    const text = await raw(`GET ${p} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.ok(!text.includes('root:'), p);
    assert.ok(status(text) > 0, p);
  }
});

test('a head that is too long is refused', async () => {
  assert.ok([400, 431, 413].includes(status(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(100000)}\r\n\r\n`,
    { end: true }))));
});

test('a body over the limit is refused before it is read', async () => {
  const text = await raw(
    'POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
    + 'X-Cordon: 1\r\nContent-Length: 999999999999\r\n\r\n',
    { end: true });
  assert.equal(status(text), 413);
});

test('deep JSON, bad UTF-8 and a plan of rubbish are refused in words', async () => {
  for (const body of [
    '['.repeat(100000), `{"id":"x","plan":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
    Buffer.from('{"id":"\xff\xfe","plan":{}}', 'latin1'),
    '{"id":"../up","plan":{}}', '{}', 'null', '"', '{"id":"x","id":"y"}',
  ]) {
    const answer = await server.request('POST', '/api/v1/sessions', { as: 'boss', body });
    assert.ok(answer.status >= 400 && answer.status < 500, `${String(body).slice(0, 40)} -> ${answer.status}`);
    assert.ok(answer.json.code, answer.text);
  }
  await alive(2);
});

test('a sender that stops in the middle costs nobody else anything', async () => {
  const slow = net.connect(server.port, '127.0.0.1');
  slow.on('error', () => {});
  slow.write('POST /api/v1/sessions/night/passages HTTP/1.1\r\nHost: x\r\n'
    + `Authorization: Bearer ${as.token}\r\nContent-Type: application/x-ndjson\r\n`
    + `Content-Length: 100000\r\n\r\n${passage('G1-1', 500)}\n${passage('G1-1', 501)}`);
  for (let i = 10; i < 60; i++) await alive(i);
  slow.destroy();
  await alive(60);
});

test('a half-closed socket still gets its answer', async () => {
  const text = await raw('GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', { end: true });
  assert.equal(status(text), 200);
});

test('a reader that does not read is let go of, and the memory stays bounded', async () => {
  const sockets = Array.from({ length: 20 }, () => {
    const s = net.connect(server.port, '127.0.0.1');
    s.on('error', () => {});
    s.write(`GET /api/v1/sessions/night/live HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n`
      + `Origin: ${server.url}\r\nCookie: ${server.cookies.boss}\r\n`
      + 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: Y29yZG9uLWJlbmNoLWtleQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
    s.pause();
    return s;
  });
  const before_ = memoryMiB();
  for (let i = 0; i < 300; i++) await post(server, as, 'night', passage('G1-2', i + 1));
  assert.ok(memoryMiB() - before_ < 128, `${memoryMiB() - before_} MiB`);
  sockets.forEach((s) => s.destroy());
  await alive(100);
});

test('ten thousand idle connections: the next one is served as before', { timeout: 120000 }, async (t) => {
  const wanted = 10000, sockets: net.Socket[] = [];
  let open = 0;
  for (let i = 0; i < wanted; i += 250) {
    await Promise.all(Array.from({ length: 250 }, () => new Promise<void>((resolve) => {
      const s = net.connect(server.port, '127.0.0.1', () => { open++; resolve(); });
      s.on('error', () => resolve());
      sockets.push(s);
    })));
  }
  const before_ = memoryMiB(), began = performance.now();
  await alive(200);
  t.diagnostic(`${open} connections open, ${Math.round(before_)} MiB, a passage in ${(performance.now() - began).toFixed(1)} ms`);
  assert.equal(open, wanted);
  assert.ok(before_ < 600);
  sockets.forEach((s) => s.destroy());
  await alive(201);
});

test('a flood of passages: memory stays bounded, everything is acknowledged and counted once', { timeout: 120000 }, async () => {
  const before_ = memoryMiB();
  const bodies = Array.from({ length: 16 }, (_, c) => Array.from({ length: 50000 }, (_, i) => passage('G2-1', 1000 + c * 50000 + i)));
  const answers = await Promise.all(bodies.map((lines) => post(server, as, 'night', lines)));
  for (const a of answers) assert.equal(a.json.accepted, 50000, a.text.slice(0, 200));
  const json = await server.state('boss', 'night');
  assert.equal(there(json.checkpoints.find((c) => c.id === 'gate-2')).in, 800000);
  assert.equal(json.books.sum, 0);
  assert.ok(memoryMiB() - before_ < 256, `${memoryMiB() - before_} MiB more`);
});
