// HTTP on the wire: requests that mean two things, paths that lead out, hosts and headers that lie. One table, one answer each.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { Server, openSession, passage, there, type Token } from './lib.ts';
import { memoryMiB, raw, statuses } from './honest.ts';
import { gzipSync } from 'node:zlib';

const server = new Server({ mqtt: false });
let token: Token;
before(async () => {
  await server.account('boss', 'administrator').start();
  await server.signIn('boss');
  await openSession(server, 'boss', 'night');
  token = await server.token('boss', 'night');
});
after(async () => { await server.stop(); });

const GET = 'GET /api/v1/health HTTP/1.1\r\nHost: x\r\n';
const POST = 'POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const SMUGGLED = `${GET}\r\n`;

// What is sent; the statuses that must come, in order. A refused request ends its connection: nothing after it is read.
const WIRE: [string, string | Buffer, number[]][] = [
  ['chunks and a length', `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`, [400]],
  ['a length and chunks', `${POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${SMUGGLED}`, [400]],
  ['chunks', `${POST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`, [411]],
  ['chunks with an extension', `${POST}Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\n\r\n${SMUGGLED}`, [411]],
  ['chunks with a trailer',
    `${POST}Transfer-Encoding: chunked\r\nTrailer: Host\r\n\r\n2\r\n{}\r\n0\r\nHost: y\r\n\r\n${SMUGGLED}`, [411]],
  ['chunks by another name', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`, [411]],
  ['chunks, said with a tab', `${POST}Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`, [411]],
  ['identity as an encoding', `${POST}Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}${SMUGGLED}`, [400]],
  ['chunks in a name with a space', `${POST}Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}${SMUGGLED}`, [400]],
  ['a vertical tab before chunked', `${POST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`, [400]],
  ['two lengths that differ', `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}${SMUGGLED}`, [400]],
  ['two lengths that agree', `${POST}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${SMUGGLED}`, [400]],
  ['a list of lengths', `${POST}Content-Length: 2, 2\r\n\r\n{}${SMUGGLED}`, [411]],
  ['a negative length', `${POST}Content-Length: -1\r\n\r\n${SMUGGLED}`, [411]],
  ['a length with a sign', `${POST}Content-Length: +2\r\n\r\n{}${SMUGGLED}`, [411]],
  ['a hexadecimal length', `${POST}Content-Length: 0x2\r\n\r\n{}${SMUGGLED}`, [411]],
  ['a length of more than 64 bits', `${POST}Content-Length: 18446744073709551618\r\n\r\n{}${SMUGGLED}`, [411]],
  ['a length in other digits', Buffer.from(`${POST}Content-Length: ２\r\n\r\n{}${SMUGGLED}`), [411]],
  ['a folded header', `${GET}X: a\r\n b\r\n\r\n${SMUGGLED}`, [400]],
  ['a folded length', `${POST}Content-Length:\r\n 2\r\n\r\n{}${SMUGGLED}`, [411]],
  ['a first header that is folded', 'GET /api/v1/health HTTP/1.1\r\n X: a\r\nHost: x\r\n\r\n', [400]],
  ['a bare LF', `GET /api/v1/health HTTP/1.1\nHost: x\r\n\r\n${SMUGGLED}`, [400]],
  ['a bare LF in a header', `${GET}X: a\nContent-Length: 40\r\n\r\n${SMUGGLED}`, [400]],
  ['a bare CR in a header', `${GET}X: a\rContent-Length: 40\r\n\r\n${SMUGGLED}`, [400]],
  ['a NUL in a header', `${GET}X: a\0b\r\n\r\n${SMUGGLED}`, [400]],
  ['a space before a colon', 'GET /api/v1/health HTTP/1.1\r\nHost : x\r\n\r\n', [400]],
  ['a name with a space', `${GET}Bad Name: 1\r\n\r\n${SMUGGLED}`, [400]],
  ['a name that is empty', `${GET}: 1\r\n\r\n${SMUGGLED}`, [400]],
  ['a line without a colon', `${GET}Nothing\r\n\r\n${SMUGGLED}`, [400]],
  ['no host', 'GET /api/v1/health HTTP/1.1\r\n\r\n', [400]],
  ['two hosts', `${GET}Host: y\r\n\r\n${SMUGGLED}`, [400]],
  ['another version', 'GET /api/v1/health HTTP/2.0\r\nHost: x\r\n\r\n', [400]],
  ['a version in small letters', 'GET /api/v1/health http/1.1\r\nHost: x\r\n\r\n', [400]],
  ['no version', 'GET /api/v1/health\r\n\r\n', [400]],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', [400]],
  ['two spaces', 'GET  /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
  ['a tab in the place of a space', 'GET\t/api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
  ['a space in the address', 'GET /api/v1/health x HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
  ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
  ['a host as an address', 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n', [405]],
  ['an unknown method', `BREW /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n${SMUGGLED}`, [405]],
  ['a method in small letters', 'get /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n', [405]],
  ['a whole address, as to a proxy',
    `GET http://elsewhere.example/api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, [200]],
  ['a whole address without a path', 'GET http://elsewhere.example HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
  ['another scheme', 'GET ftp://x/api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
  ['HTTP/1.0', 'GET /api/v1/health HTTP/1.0\r\nHost: x\r\n\r\n', [200]],
  ['HTTP/1.0 that wants to stay',
    `GET /api/v1/health HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n${GET}Connection: close\r\n\r\n`, [200, 200]],
  ['HTTP/1.0 that does not, with a second one behind it', `GET /api/v1/health HTTP/1.0\r\nHost: x\r\n\r\n${SMUGGLED}`, [200]],
  ['a good one and a bad one', `${GET}\r\nGET /api/v1/health HTTP/9\r\n\r\n${SMUGGLED}`, [200, 400]],
  ['a good one and a smuggler', `${GET}\r\n${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    [200, 400]],
  ['many in a row', `${`${GET}\r\n`.repeat(40)}${GET}Connection: close\r\n\r\n`, Array<number>(41).fill(200)],
  ['a body where none is taken', `GET /api/v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`
    + `${GET}Connection: close\r\n\r\n`, [413, 200]],
  ['empty lines first', `\r\n\r\n${GET}Connection: close\r\n\r\n`, [200]],
  ['a body over the limit', `${POST}Content-Length: 999999999999\r\n\r\n`, [413]],
  ['a head of 9 KiB', `${GET}X: ${'a'.repeat(9000)}\r\n\r\n`, [431]],
  ['200 headers', `${GET}${'X: y\r\n'.repeat(200)}\r\n`, [400]],
  ['an Expect of something else', `${POST}Content-Length: 2\r\nExpect: miracles\r\nConnection: close\r\n\r\n{}`, [400]],
];

for (const [name, bytes, wanted] of WIRE) {
  test(`on the wire: ${name}`, { timeout: 60000 }, async () => {
    const text = await raw(server, bytes, { end: true });
    assert.deepEqual(statuses(text), wanted, text.slice(0, 300));
    if (there(wanted.at(-1)) >= 400 && wanted.at(-1) !== 413) assert.match(text, /Connection: close/);
  });
}

test('the same bytes, one by one or in any two pieces, are answered alike', { timeout: 120000 }, async () => {
  const { connect, closed } = await import('./honest.ts');
  for (const [name, bytes, wanted] of WIRE.filter(([, b]) => b.length < 400)) {
    const socket = connect(server.port);
    socket.setNoDelay(true);
    let text = '';
    socket.on('data', (d: Buffer) => { text += d.toString('latin1'); });
    const cut = 1 + (name.length * 7919) % (bytes.length - 1);
    for (const piece of [bytes.slice(0, cut), bytes.slice(cut)]) await new Promise<void>((resolve) => { socket.write(piece,
      () => setImmediate(resolve)); });
    socket.end();
    await closed(socket);
    assert.deepEqual(statuses(text), wanted, `${name} cut at ${cut}: ${text.slice(0, 200)}`);
  }
});

test('a body packed in gzip is refused, small or a bomb, and never unpacked', { timeout: 60000 }, async () => {
  const bomb = gzipSync(Buffer.alloc(64 << 20, 32)), had = memoryMiB(server);
  for (const encoding of ['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'identity, gzip']) {
    for (const [path, type, body] of [['/passages', 'application/x-ndjson', gzipSync(passage('G1-1', 1))],
      ['/lanes', 'application/json', bomb.subarray(0, 60000)],
      ['/plan', 'application/geo+json', bomb]] as const) {
      const answer = await server.request(path === '/plan' ? 'PUT' : 'POST', `/api/v1/sessions/night${path}`,
        { as: 'boss', type, body, headers: { 'Content-Encoding': encoding } });
      assert.deepEqual([answer.status, answer.json.code], [415, 'http.content_type'], `${encoding} ${path}`);
    }
  }
  assert.ok(memoryMiB(server) - had < 64);
  const plain = await server.request('POST', '/api/v1/sessions/night/passages',
    { as: token, type: 'application/x-ndjson', body: passage('G1-1', 1), headers: { 'Content-Encoding': 'identity' } });
  assert.equal(plain.json.accepted, 1);
});

test('no path leads out of the page\'s folder, and none into another session', { timeout: 60000 }, async () => {
  const up = ['../', '..%2f', '%2e%2e/', '%2e%2e%2f', '..\\', '..%5c', '%252e%252e%252f', '..%252f', '..;/', '%c0%ae%c0%ae/',
    '%e0%80%ae%e0%80%ae/',
    '..%00/', '%2e./', './../', '....//', '..%c0%af', '\u2025/', '%uff0e%uff0e/'];
  for (const step of up) {
    for (const where of [`/${step.repeat(8)}etc/passwd`, `/assets/${step.repeat(8)}etc/passwd`,
      `/api/v1/sessions/${step.repeat(3)}etc/passwd`,
      `/api/v1/sessions/night/${step}night/journal`, `/api/v1/sessions/${step}accounts`, `/api/v1/accounts/${step}device-tokens`]) {
      const text = await raw(server,
        Buffer.from(`GET ${where} HTTP/1.1\r\nHost: x\r\nCookie: ${there(server.cookies.boss)}\r\nConnection: close\r\n\r\n`));
      assert.ok(!text.includes('root:'), where);
      const [status] = statuses(text);
      if (where.startsWith('/api/')) assert.ok([400, 404, 405].includes(status ?? 0), `${where}: ${text.slice(0, 120)}`);
      else assert.ok(status === 400 || status === 404 || /<!doctype html|<html/i.test(text), `${where}: ${text.slice(0, 120)}`);
    }
  }
});

test('names of sessions, accounts and tokens in an address are names and nothing else', { timeout: 60000 }, async () => {
  const bad = ['%00', 'night%00', 'night%0d%0aSet-Cookie:%20a=b', 'NIGHT', 'night%20', '%20night', 'night.', 'night%2f',
    'x'.repeat(65), 'x'.repeat(5000),
    '%ff', '%ed%a0%80', '%f4%90%80%80', '%e2%80%8bnight', "night'--", 'night%22', '%7bid%7d', '*', '-1', 'null', 'night;state',
      'night?x', 'night%3fat='];
  for (const id of bad) {
    for (const [method, where] of [['GET', `/api/v1/sessions/${id}`], ['GET', `/api/v1/sessions/${id}/journal`],
      ['PUT', `/api/v1/accounts/${id}`],
      ['DELETE', `/api/v1/device-tokens/${id}`]] as const) {
      const body = method === 'PUT' ? '{"disabled":false}' : '';
      const text = await raw(server,
        Buffer.from(`${method} ${where} HTTP/1.1\r\nHost: x\r\nX-Cordon: 1\r\nCookie: ${there(server.cookies.boss)}\r\n`
        + `${body && 'Content-Type: application/json\r\n'}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
          'latin1'));
      const [status] = statuses(text);
      assert.ok([400, 404, 431].includes(status ?? 0) || (id === 'night?x' && status === 405) || (id === 'night?x' && status === 200),
        `${method} ${where.slice(0, 80)}: ${text.slice(0, 200)}`);
      assert.doesNotMatch(text, /^Set-Cookie: a=b/im);
    }
  }
});

test('what the asker says comes back only as escaped JSON, never in a header', { timeout: 60000 }, async () => {
  const evil = '"><script>alert(1)</script>\r\nSet-Cookie: a=b';
  for (const where of [`/api/v1/sessions/night/state?${encodeURIComponent(evil)}=1`,
    `/api/v1/sessions/night/flow?checkpoint=${encodeURIComponent(evil)}`,
    `/api/v1/sessions/night/measures?rules=${encodeURIComponent(evil)}`, `/api/v1/sessions/${encodeURIComponent(evil)}`]) {
    const answer = await server.request('GET', where, { as: 'boss',
      headers: { 'Accept-Language': 'x<script>', 'User-Agent': '<script>' } });
    assert.ok(answer.status >= 400 && answer.status < 500, where);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(answer.headers['set-cookie'], undefined);
    assert.ok(answer.json.code);
  }
});

test('the host that is asked for changes nothing in the answer', { timeout: 60000 }, async () => {
  for (const host of ['elsewhere.example', '127.0.0.1:1', 'x:99999', '[::1]', 'a@b', '"><script>', 'x/../y', '']) {
    for (const where of ['/', '/api/v1/health', '/api/v1/me', '/nothing.js']) {
      const text = await raw(server,
        `GET ${where} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: ${host}\r\nForwarded: host=${host}\r\nConnection: close\r\n\r\n`);
      const wanted = where === '/api/v1/me' ? 401 : where === '/nothing.js' ? 404 : 200;
      assert.equal(statuses(text)[0], wanted, `${host} ${where}`);
      if (host !== '' && host !== '127.0.0.1:1') assert.ok(!text.includes(host) || where === '/', `${host} comes back from ${where}`);
      assert.doesNotMatch(text, /^Location:/im);
      assert.doesNotMatch(text, /^Access-Control-Allow/im);
    }
  }
});
