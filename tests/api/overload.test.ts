// Too much at once, and on purpose: an honest client beside it is served as before, and what the server spends stays bounded.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import type net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { PASSWORD, Server, openSession, release, smallPlan, there, type Answer } from './lib.ts';
import { beside, connect, connected, fromAddress, memoryMiB } from './honest.ts';

// What a request may take beside an attack, on a machine with two slow cores that others use too. Measured figures are printed.
const P99_MS = 1000;
const server = new Server({ binary: release });

before(async () => {
  server.account('boss', 'administrator').account('op', 'operator').account('looker', 'viewer').account('other', 'viewer');
  await server.start();
  for (const name of ['boss', 'op', 'looker', 'other']) await server.signIn(name);
  await openSession(server, 'boss', 'night');
});
after(async () => { await server.stop(); });

const cookie = (name: string): string => there(server.cookies[name]);

// Opens sockets, a hundred at a time; each writes `first` and then a byte of `drops` now and then.
async function drip(count: number, port: number, first: string | Buffer, drops: string | Buffer, every_ms = 300): Promise<() => void> {
  const sockets: net.Socket[] = [];
  for (let i = 0; i < count; i += 100) {
    await Promise.all(Array.from({ length: 100 }, async (_, k) => {
      const socket = connect(port, fromAddress(i + k));
      sockets.push(socket);
      if (await connected(socket)) socket.write(first);
    }));
  }
  let at = 0;
  const timer = setInterval(() => {
    at++;
    for (const s of sockets) if (s.writable) s.write(drops.slice(at % drops.length, at % drops.length + 1));
  }, every_ms);
  return () => { clearInterval(timer); for (const s of sockets) s.destroy(); };
}

async function calm(name: string, t: { diagnostic: (text: string) => void }, attack: () => Promise<() => void>,
  { ms = 3000, more_mib = 96 } = {}): Promise<void> {
  const had = memoryMiB(server);
  const honest = await beside(server, 'boss', ms, attack);
  const grown = memoryMiB(server) - had;
  t.diagnostic(`${name}: ${honest.told()}; ${grown.toFixed(0)} MiB more`);
  assert.deepEqual(honest.wrong, []);
  assert.ok(honest.p99_ms() < P99_MS, `p99 ${honest.p99_ms()} ms`);
  assert.ok(grown < more_mib, `${grown} MiB more`);
}

const HEAD = 'POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

test('nothing at all, to compare with', { timeout: 60000 }, (t) => calm('calm', t, async () => () => {}));

test('2000 heads that drip', { timeout: 60000 }, (t) =>
  calm('slow heads', t, () => drip(2000, server.port, 'GET /api/v1/health HTTP/1.1\r\nHost: x\r\n', 'X: y\r\n')));

test('2000 bodies that drip', { timeout: 60000 }, (t) =>
  calm('slow bodies', t, () => drip(2000, server.port, `${HEAD}Content-Length: 4000\r\n\r\n{`, ' ')));

test('2000 MQTT connections that drip their CONNECT', { timeout: 60000 }, (t) =>
  calm('slow MQTT', t, () => drip(2000, server.mqttPort, Buffer.from([0x10, 200, 1, 0, 4]), Buffer.from('MQTT'))));

test('500 clients that ask for large answers and do not read', { timeout: 60000 }, (t) => calm('slow readers', t, async () => {
  const sockets = Array.from({ length: 500 }, (_, i) => connect(server.port, fromAddress(i)));
  for (const s of sockets) {
    s.pause();
    s.write(`GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\nCookie: ${cookie('looker')}\r\n\r\n`.repeat(100));
  }
  return () => { for (const s of sockets) s.destroy(); };
}));

test('500 WebSocket clients that do not read, and ask to be told that the server lives', { timeout: 60000 }, (t) =>
  calm('slow WebSockets', t, async () => {
    const ping = Buffer.from([0x89, 0x84, 0, 0, 0, 0, 97, 98, 99, 100]);
    const sockets = Array.from({ length: 500 }, (_, i) => connect(server.port, fromAddress(i)));
    for (const s of sockets) {
      s.pause();
      s.write(`GET /api/v1/sessions/night/live HTTP/1.1\r\nHost: x\r\nCookie: ${cookie('looker')}\r\n`
        + 'Upgrade: websocket\r\nConnection: Upgrade\r\n'
        + 'Sec-WebSocket-Key: Y29yZG9uLWJlbmNoLWtleQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
    }
    const timer = setInterval(() => { for (const s of sockets) if (s.writable
      && s.writableLength < 65536) s.write(Buffer.concat(Array(4).fill(ping))); }, 50);
    return () => { clearInterval(timer); for (const s of sockets) s.destroy(); };
  }));

test('500 TLS handshakes that drip', { timeout: 120000 }, async (t) => {
  const safe = new Server({ binary: release, plain: false, mqtt: false });
  t.after(() => safe.end());
  await safe.account('boss', 'administrator').start();
  await safe.signIn('boss');
  const had = memoryMiB(safe);
  const hello = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]);
  const honest = await beside(safe, 'boss', 3000, () => drip(500, safe.port, hello, Buffer.from([1, 2, 3])));
  t.diagnostic(`slow TLS: ${honest.told()}; ${(memoryMiB(safe) - had).toFixed(0)} MiB more`);
  assert.deepEqual(honest.wrong, []);
  assert.ok(honest.p99_ms() < P99_MS && memoryMiB(safe) - had < 96);
  await safe.stop();
});

test('more connections than there is room for: the newest is let in, the idlest has to go', { timeout: 120000 }, async (t) => {
  const sockets: net.Socket[] = [];
  t.after(() => { for (const s of sockets) s.destroy(); });
  for (let i = 0; i < 14500; i += 250) {
    await Promise.all(Array.from({ length: 250 }, (_, k) => {
      const s = connect(server.port, fromAddress((i + k) % 5000));
      sockets.push(s);
      return connected(s);
    }));
  }
  const took: number[] = [];
  for (let i = 0; i < 50; i++) {
    const agent = server.newAgent(1);
    const began = performance.now();
    const answer = await server.request('GET', '/api/v1/sessions/night/state', { as: 'op', agent }).catch((e: Error) => e);
    took.push(performance.now() - began);
    agent.destroy();
    assert.ok(!(answer instanceof Error), `a new client is sent away: ${answer instanceof Error ? answer.message : ''}`);
    assert.equal(answer.status, 200);
  }
  t.diagnostic(`${sockets.length} connections: a new one is served in ${Math.max(...took).toFixed(1)} ms at most, `
    + `${memoryMiB(server).toFixed(0)} MiB`);
});

test('one account cannot take every place of the WebSockets', { timeout: 60000 }, async (t) => {
  const open = (as: string): Promise<string> => new Promise((resolve) => {
    const s = connect(server.port);
    sockets.push(s);
    let text = '';
    s.on('data', (d: Buffer) => { text += d.toString('latin1'); if (text.includes('\r\n\r\n')) resolve(text); }).on('close',
      () => resolve(text));
    s.write(`GET /api/v1/sessions/night/live HTTP/1.1\r\nHost: x\r\nCookie: ${cookie(as)}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
      + 'Sec-WebSocket-Key: Y29yZG9uLWJlbmNoLWtleQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
  });
  const sockets: net.Socket[] = [];
  t.after(() => { for (const s of sockets) s.destroy(); });
  let refused = '';
  for (let i = 0; i < 2100 && refused === ''; i += 50) {
    refused = (await Promise.all(Array.from({ length: 50 },
      () => open('looker')))).find((text) => !text.startsWith('HTTP/1.1 101')) ?? '';
  }
  assert.match(refused, /^HTTP\/1\.1 503 /);
  assert.match(await open('op'), /^HTTP\/1\.1 101 /);
});

test('a viewer whose large documents drip keeps nobody else from saying anything', { timeout: 60000 }, async (t) => {
  const attack = async (): Promise<() => void> => {
    const sockets = Array.from({ length: 8 }, (_, i) => connect(server.port, fromAddress(i)));
    for (const s of sockets) {
      s.write(`POST /api/v1/plan/check HTTP/1.1\r\nHost: x\r\nX-Cordon: 1\r\nCookie: ${cookie('looker')}\r\n`
        + 'Content-Type: application/geo+json\r\n'
        + 'Content-Length: 67108864\r\n\r\n{');
    }
    const timer = setInterval(() => { for (const s of sockets) if (s.writable) s.write(' '); }, 200);
    await wait(500);
    return () => { clearInterval(timer); for (const s of sockets) s.destroy(); };
  };
  await calm('dripping documents', t, attack);
  const stop = await attack();
  t.after(stop);
  const plan = await server.request('PUT', '/api/v1/sessions/night/plan',
    { as: 'boss', type: 'application/geo+json', body: smallPlan({ gates: 3 }) });
  assert.equal(plan.status, 200, plan.text);
  assert.equal((await server.signIn('op')).status, 200);
});

test('a viewer who has plans checked without end does not keep others waiting', { timeout: 60000 }, async (t) => {
  const agent = server.newAgent(200);
  const signIns: number[] = [];
  await calm('plan checks', t, async () => {
    let ending = false;
    const body = JSON.stringify(smallPlan({ gates: 60 }));
    const one = async (): Promise<void> => {
      while (!ending) {
        const answer = await server.request('POST', '/api/v1/plan/check',
          { as: 'looker', type: 'application/geo+json', body, agent }).catch(() => null);
        // Client and attacker share this process: without a rest for the refused, it would measure itself.
        if (answer?.status !== 200) await wait(100);
      }
    };
    const all = Array.from({ length: 24 }, one);
    const signing = (async () => {
      for (; !ending; await wait(200)) signIns.push((await server.signIn('op').catch(() => ({ status: 0 }))).status);
    })();
    return () => { ending = true; agent.destroy(); void Promise.all([...all, signing]); };
  });
  assert.ok(signIns.length > 2 && signIns.every((s) => s === 200), `signing in meanwhile: ${signIns}`);
});

test('a viewer who asks for the past without end does not keep others waiting', { timeout: 60000 }, async (t) => {
  const agent = server.newAgent(100);
  await calm('questions', t, async () => {
    let ending = false;
    const one = async (i: number): Promise<void> => {
      while (!ending) {
        const at = new Date(Date.now() - 1000 * (i + 1)).toISOString();
        await server.request('GET', `/api/v1/sessions/night/state?at=${at}`, { as: 'looker', agent }).catch(() => wait(10));
      }
    };
    for (let i = 0; i < 50; i++) void one(i);
    return () => { ending = true; agent.destroy(); };
  });
});

test('guesses of passwords from a hundred addresses do not keep others waiting, nor from signing in', { timeout: 90000 }, async (t) => {
  const seen: Record<number, number> = {}, honest: number[] = [], took: number[] = [];
  await calm('sign-in flood', t, async () => {
    let ending = false;
    const agents = Array.from({ length: 100 }, (_, i) => server.newAgent(2, fromAddress(300 + i)));
    const one = async (i: number): Promise<void> => {
      for (let n = 0; !ending; n++) {
        const answer: Pick<Answer, 'status'> = await server.request('POST', '/api/v1/sign-in',
          { body: { name: `somebody ${i} ${n}`, password: 'guess' }, agent: there(agents[i]) }).catch(() => ({ status: 0 }));
        seen[answer.status] = (seen[answer.status] ?? 0) + 1;
        if (answer.status !== 401) await wait(20);
      }
    };
    for (let i = 0; i < 100; i++) void one(i);
    const signing = async (): Promise<void> => {
      while (!ending) {
        const began = performance.now();
        honest.push((await server.request('POST', '/api/v1/sign-in',
          { body: { name: 'op', password: PASSWORD } }).catch(() => ({ status: 0 }))).status);
        took.push(performance.now() - began);
        await wait(200);
      }
    };
    void signing();
    return () => { ending = true; for (const a of agents) a.destroy(); };
  }, { ms: 6000, more_mib: 192 });
  t.diagnostic(`guesses answered ${JSON.stringify(seen)}; honest sign-ins ${honest.filter((s) => s === 200).length} of ${honest.length}, `
    + `the longest ${Math.max(...took).toFixed(0)} ms`);
  assert.ok(honest.filter((s) => s === 200).length > 0, `${honest}`);
});
