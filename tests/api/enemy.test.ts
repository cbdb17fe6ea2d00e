// A client that means harm: what it can hold up, spend or learn with few bytes.
// Each of these was a mistake of ours once, or a promise that is kept.
import test, { type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import path from 'node:path';
import { Server, openSession, post, smallPlan, tested, there, type Audit, type Journal, type ServerOptions } from './lib.ts';
import { closed, processorTicks } from './honest.ts';

async function serve(t: TestContext, options?: ServerOptions): Promise<Server> {
  const server = new Server(options);
  t.after(() => server.end());
  await server.account('boss', 'administrator').start();
  await server.signIn('boss');
  return server;
}

// A socket that keeps what it hears.
class Heard extends net.Socket {
  text = '';
}

function connect(t: TestContext, port: number): Heard {
  const socket = new Heard();
  t.after(() => socket.destroy());
  socket.on('data', (d: Buffer) => { socket.text += d.toString('latin1'); }).on('error', () => {});
  socket.connect(port, '127.0.0.1');
  return socket;
}

async function answered(socket: Heard, pattern: RegExp): Promise<void> {
  while (!pattern.test(socket.text)) {
    const [what] = await Promise.race([once(socket, 'data'), closed(socket).then(() => ['closed'])]);
    if (what === 'closed' && !pattern.test(socket.text)) throw new Error(`closed after: ${socket.text}`);
  }
}

// Hundredths of a second of processor time within `ms`.
async function spent(server: Server, ms: number): Promise<number> {
  const before = processorTicks(server);
  await wait(ms);
  return processorTicks(server) - before;
}

test('a refused body that does not come costs no processor time', { timeout: 60000 }, async (t) => {
  const server = await serve(t);
  const socket = connect(t, server.port);
  socket.write(
    'POST /api/v1/me/password HTTP/1.1\r\nHost: x\r\nX-Cordon: 1\r\n'
    + 'Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n{');
  await answered(socket, /HTTP\/1\.1 401 /);
  assert.ok(await spent(server, 1000) < 25, 'the loop turns although nothing happens');
  // The connection is still good: the rest of the body is thrown away, and the next request is answered.
  socket.write(`${' '.repeat(3998)}}GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n`);
  await answered(socket, /HTTP\/1\.1 200 /);
});

test('a connection that rested gets the whole time for a head that comes in two pieces', { timeout: 60000 }, async (t) => {
  const server = await serve(t);
  const socket = connect(t, server.port);
  socket.write('GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n');
  await answered(socket, /HTTP\/1\.1 200 /);
  await wait(12500);
  socket.text = '';
  socket.write('GET /api/v1/health HTTP/1.1\r\n');
  await wait(2200);
  socket.write('Host: x\r\n\r\n');
  await answered(socket, /HTTP\/1\.1 \d+ /);
  assert.match(socket.text, /^HTTP\/1\.1 200 /);
});

test('a head that drips is refused after ten seconds, and a silent MQTT client is let go of', { timeout: 60000 }, async (t) => {
  const server = await serve(t);
  const socket = connect(t, server.port), silent = connect(t, server.mqttPort);
  const gone = closed(silent);
  socket.write('GET /api/v1/health HTTP/1.1\r\nHost: x\r\n');
  const drip = setInterval(() => socket.write('X: y\r\n'), 500);
  t.after(() => clearInterval(drip));
  await answered(socket, /HTTP\/1\.1 408 /);
  clearInterval(drip);
  await Promise.race([gone, wait(20000, 0, { ref: false }).then(() => assert.fail('it is still there'))]);
});

test('a small body that drips does not hold its connection for hours', { timeout: 90000 }, async (t) => {
  const server = await serve(t);
  const socket = connect(t, server.port);
  socket.write('POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n');
  const drip = setInterval(() => socket.write(' '), 500);
  t.after(() => clearInterval(drip));
  await Promise.race([answered(socket, /HTTP\/1\.1 408 /), wait(45000, 0, { ref: false }).then(() => assert.fail('it still drips'))]);
});

test('with no file left for another connection the server waits instead of asking the system without end',
  { timeout: 60000 }, async (t) => {
  const top = new Server();
  const wrapper = path.join(top.top, 'few-files');
  t.after(() => top.end());
  writeFileSync(wrapper, `#!/bin/sh\nulimit -n 100\nexec '${tested}' "$@"\n`);
  chmodSync(wrapper, 0o700);
  const server = await serve(t, { binary: wrapper });
  const sockets = Array.from({ length: 150 }, () => connect(t, server.port));
  await Promise.all(sockets.map((s) => once(s, 'connect')));
  await wait(300);
  assert.ok(await spent(server, 1000) < 25, 'the loop turns although nothing can be accepted');
  for (const s of sockets) s.destroy();
  await wait(1500);
  assert.equal((await server.request('GET', '/api/v1/health')).status, 200);
});

test('X-Forwarded-For gives nobody more tries at a password', { timeout: 60000 }, async (t) => {
  const server = await serve(t);
  const statuses = [];
  for (let i = 0; i < 8; i++) {
    const answer = await server.request('POST', '/api/v1/sign-in', { body: { name: 'boss', password: `wrong-number-${i}` },
      headers: { 'X-Forwarded-For': `10.0.0.${i}`, Forwarded: `for=10.0.0.${i}`, 'X-Real-IP': `10.0.0.${i}` } });
    statuses.push(answer.status);
  }
  assert.equal(statuses.at(-1), 429, String(statuses));
});

test('the ready file, which may hold the first password, is read by its owner alone', { timeout: 60000 }, async (t) => {
  const server = new Server();
  t.after(() => server.end());
  writeFileSync(path.join(server.top, 'ready.json.part'), '', { mode: 0o666 });
  chmodSync(path.join(server.top, 'ready.json.part'), 0o666);
  await server.start();
  assert.ok(server.told.password);
  assert.equal(statSync(path.join(server.top, 'ready.json')).mode & 0o777, 0o600);
});

test('SIGTERM under load: what was acknowledged is there after the restart, once', { timeout: 120000 }, async (t) => {
  const server = await serve(t);
  await openSession(server, 'boss', 'night');
  const as = await server.token('boss', 'night');
  const at = new Date().toISOString();
  const lines = (device: string, boot: number, from: number, count: number): string[] =>
    Array.from({ length: count }, (_, i) =>
      JSON.stringify({ device, boot, seq: from + i, at, in: 1, out: 0 }));
  const devices = ['G1-1', 'G1-2', 'G2-1', 'G2-2'];
  for (let boot = 1; boot <= 3; boot++) {
    const acknowledged = [0, 0, 0, 0];
    const clients = devices.map(async (device, k) => {
      for (;;) {
        const answer = await post(server, as, 'night', lines(device, boot, there(acknowledged[k]) + 1, 50)).catch(() => undefined);
        if (answer?.status !== 200) return;
        assert.equal(answer.json.accepted, 50);
        acknowledged[k] = there(acknowledged[k]) + 50;
      }
    });
    while (acknowledged.some((n) => n < 500)) await wait(5);
    server.child.kill('SIGTERM');
    const [code] = await server.exited;
    await Promise.all(clients);
    server.agent?.destroy();
    assert.equal(code, 0, server.log);
    await server.start();
    for (const [k, device] of devices.entries()) {
      const answer = await post(server, as, 'night', lines(device, boot, 1, there(acknowledged[k])));
      assert.deepEqual([answer.json.accepted, answer.json.duplicate, answer.json.rejected.length], [0, acknowledged[k], 0]);
    }
  }
});

test('what was done is written into the audit chain, however much else waits', { timeout: 60000 }, async (t) => {
  const server = await serve(t);
  await openSession(server, 'boss', 'night');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 400 });
  t.after(() => agent.destroy());
  const plan = smallPlan({ gates: 12 });
  const check = () => server.request('POST', '/api/v1/plan/check', { as: 'boss', body: plan, type: 'application/geo+json', agent });
  const empty = () => server.request('POST', '/api/v1/sessions/night/empty', { as: 'boss', body: { reason: 'seen' }, agent });
  const checks = Array.from({ length: 200 }, check);
  const answers = await Promise.all(Array.from({ length: 5 }, empty));
  const refused = (await Promise.all(checks)).filter((a) => a.status === 503).length;
  assert.ok(refused > 0, 'the queue was never full: nothing is tested');
  assert.deepEqual(answers.map((a) => a.status), [200, 200, 200, 200, 200]);
  const { entries, intact } = (await server.request<Audit>('GET', '/api/v1/audit', { as: 'boss' })).json;
  assert.equal(entries.filter((e) => e.what === 'session.empty').length, 5);
  assert.ok(intact);
});

test('stopped twice with inputs under way: what the journal has, the audit chain has', { timeout: 60000 }, async (t) => {
  const server = await serve(t);
  await openSession(server, 'boss', 'night');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 400 });
  t.after(() => agent.destroy());
  for (let round = 0; round < 5; round++) {
    const empty = () => server.request('POST', '/api/v1/sessions/night/empty', { as: 'boss', body: { reason: 'seen' }, agent });
    const inputs = Array.from({ length: 100 }, () => empty().catch(() => undefined));
    await inputs[round];
    server.child.kill('SIGTERM');
    await wait(3);
    server.child.kill('SIGTERM');
    const [code] = await server.exited;
    await Promise.all(inputs);
    server.agent?.destroy();
    assert.equal(code, 0, server.log);
    await server.start();
  }
  const journal = (await server.request<Journal>('GET', '/api/v1/sessions/night/journal?count=10000', { as: 'boss' })).json;
  const { entries } = (await server.request<Audit>('GET', '/api/v1/audit?from=1&count=10000', { as: 'boss' })).json;
  const emptied = journal.records.filter((r) => r.kind === 'empty').length;
  assert.ok(emptied > 0);
  assert.equal(entries.filter((e) => e.what === 'session.empty').length, emptied);
});

test('requests in a row are answered in a row; lengths that are no plain number end the connection', { timeout: 60000 }, async (t) => {
  const server = await serve(t);
  const head = (method: string, more = ''): string => `${method} /api/v1/health HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
  const row = connect(t, server.port);
  row.write(`${head('GET')}${head('HEAD')}${head('OPTIONS')}${head('GET', 'Connection: close\r\n')}${head('GET')}`);
  await closed(row);
  assert.deepEqual(row.text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 405', 'HTTP/1.1 200']);
  assert.equal(row.text.match(/"version"/g)?.length, 2, 'an answer to HEAD has no body');
  for (const length of ['+2', '2 ', '0x2', '02', '2, 2', '2;', '', '18446744073709551618', '-0']) {
    const socket = connect(t, server.port);
    socket.write('POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
      + `Content-Length: ${length}\r\n\r\n{}${head('GET')}`);
    if (length === '2 ') socket.end(); // spaces around a value mean nothing: this one is right
    await closed(socket);
    assert.match(socket.text, /^HTTP\/1\.1 4\d\d /, length);
    assert.equal(socket.text.match(/HTTP\/1\.1 \d+/g)?.length, length === '2 ' ? 2 : 1, `${length}: ${socket.text}`);
  }
});

test('100 Continue is said only to a body that will be taken', { timeout: 60000 }, async (t) => {
  const server = await serve(t);
  const head = (size: number): string =>
    'POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n'
    + `Content-Length: ${size}\r\n\r\n`;
  const good = connect(t, server.port), large = connect(t, server.port);
  good.write(head(2));
  await answered(good, /^HTTP\/1\.1 100 Continue\r\n\r\n/);
  good.write('{}');
  await answered(good, /HTTP\/1\.1 422 |HTTP\/1\.1 400 /);
  large.write(head(1e9));
  await closed(large);
  assert.match(large.text, /^HTTP\/1\.1 413 [^]*Connection: close/);
});

function frame(kind: number, payload: string | Buffer, { last = true, masked = true } = {}): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload, mask = Buffer.from([1, 2, 3, 4]);
  const size = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 255];
  size[0] = there(size[0]) | (masked ? 0x80 : 0);
  const body = masked ? Buffer.concat([mask, bytes.map((b, i) => b ^ there(mask[i & 3]))]) : bytes;
  return Buffer.concat([Buffer.from([(last ? 0x80 : 0) | kind, ...size]), body]);
}

test('WebSocket frames that RFC 6455 forbids, or that are too large, close with the right number', { timeout: 60000 }, async (t) => {
  const server = await serve(t);
  await openSession(server, 'boss', 'night');
  type Watching = net.Socket & { said: (kind: number) => Buffer | undefined };
  const open = async (): Promise<Watching> => {
    const socket = net.connect(server.port, '127.0.0.1');
    t.after(() => socket.destroy());
    let bytes = Buffer.alloc(0);
    socket.on('data', (d: Buffer) => { bytes = Buffer.concat([bytes, d]); }).on('error', () => {});
    socket.write('GET /api/v1/sessions/night/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
      + `Cookie: ${server.cookies.boss}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
    while (!bytes.includes('101 Switching')) await once(socket, 'data');
    const said = (kind: number): Buffer | undefined => { // the first frame of a kind
      for (let at = bytes.indexOf('\r\n\r\n') + 4; at + 2 <= bytes.length;) {
        const short = there(bytes[at + 1]), wide = short === 127 ? 8 : short === 126 ? 2 : 0;
        const size = wide === 0 ? short : bytes.readUIntBE(at + 2 + (wide === 8 ? 2 : 0), wide === 8 ? 6 : 2);
        const payload = bytes.subarray(at + 2 + wide, at + 2 + wide + size);
        if ((there(bytes[at]) & 15) === kind && payload.length === size) return payload;
        at += 2 + wide + size;
      }
      return undefined;
    };
    return Object.assign(socket, { said });
  };
  const until = async (socket: Watching, kind: number): Promise<Buffer> => {
    for (;;) {
      const said = socket.said(kind);
      if (said) return said;
      await once(socket, 'data');
    }
  };
  const good = await open();
  good.write(Buffer.concat([frame(1, '{"a"', { last: false }), frame(9, 'still there?'), frame(0, ':1}'), frame(1, 'x'.repeat(4096))]));
  assert.equal((await until(good, 10)).toString(), 'still there?');
  for (const [code, ...frames] of [
    [1002, frame(0, 'alone')], [1002, frame(1, 'a', { last: false }), frame(1, 'b')], [1002, frame(9, 'p', { last: false })],
    [1002, frame(1, 'bare', { masked: false })], [1002, frame(3, 'x')], [1002, frame(9, 'x'.repeat(126))],
    [1009, frame(1, 'x'.repeat(4097))], [1009, frame(1, 'x'.repeat(4000), { last: false }), frame(0, 'x'.repeat(97))],
    [1003, frame(2, 'bytes')], [1007, frame(1, Buffer.from([0xc0, 0xae]))], [1000, frame(8, Buffer.from([3, 232]))],
  ] as [number, ...Buffer[]][]) {
    const socket = await open();
    for (const f of frames) socket.write(f);
    assert.equal((await until(socket, 8)).readUInt16BE(0), code, String(frames));
  }
  good.write(frame(9, 'and now?'));
  assert.equal(good.destroyed, false);
});

test('a TLS handshake that is never finished is let go of, and costs nobody else anything', { timeout: 60000 }, async (t) => {
  const server = await serve(t, { plain: false });
  const sockets = Array.from({ length: 20 }, () => connect(t, server.port));
  for (const s of sockets) s.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]));
  const plain = connect(t, server.port);
  plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await closed(plain);
  const cookie = there((await server.signIn('boss')).headers['set-cookie']?.[0]);
  assert.match(cookie, /; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/);
  assert.equal((await server.request('GET', '/api/v1/health')).status, 200);
  await Promise.all(sockets.map(closed));
});
