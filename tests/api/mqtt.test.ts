// MQTT with real clients: mosquitto_pub, a mosquitto bridge, mqtt.js; and bytes by hand for what no good client would send.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, watch, writeFileSync, existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { tmpdir } from 'node:os';
import path from 'node:path';
import mqtt from 'mqtt';
import { Server, openSession, passage, post, smallPlan, there, type State } from './lib.ts';
import { mqttHello, mqttPacket as packet, mqttPuback as puback, mqttPublish as publish, mqttText as text, RawMqtt,
  type Hello } from './mqtt_raw.ts';

const run = promisify(execFile);
const TOPIC = 'cordon/night/passages';
let server: Server, token: string;

before(async () => {
  server = await new Server().account('boss', 'administrator').start();
  await server.signIn('boss');
  await openSession(server, 'boss', 'night', { plan: smallPlan({ gates: 4 }) });
  token = (await server.token('boss', 'night')).token;
});
after(() => server.stop());

const state = (id = 'night'): Promise<State> => server.state('boss', id);
const entered = async (gate: string): Promise<number> => there((await state()).checkpoints.find((c) => c.id === gate), gate).in;
// Asks until it is so: for what the protocol does not tell.
async function until<T>(what: () => Promise<T>, wanted: T): Promise<void> {
  const limit = Date.now() + 20000;
  for (;;) {
    const got = await what();
    if (got === wanted || Date.now() > limit) { assert.equal(got, wanted); return; }
  }
}
const pub = (...args: string[]): Promise<unknown> => run('mosquitto_pub',
  ['-h', '127.0.0.1', '-p', String(server.mqttPort), '-V', 'mqttv311', '-u', 'gate', '-P', token, ...args]);
const connect = (options: mqtt.IClientOptions = {}): mqtt.MqttClient => mqtt.connect(`mqtt://127.0.0.1:${server.mqttPort}`,
  { protocolVersion: 4, username: 'gate', password: token, reconnectPeriod: 0, clientId: `c${Math.random()}`, ...options });

const Raw = class extends RawMqtt { constructor() { super(server.mqttPort); } };
const hello = (options: Hello = {}): Buffer => mqttHello({ password: token, ...options });

test('mosquitto_pub sends with QoS 1 and QoS 0, and several passages in one message', { timeout: 60000 }, async () => {
  const had = await entered('gate-1');
  await pub('-q', '1', '-t', TOPIC, '-m', passage('G1-1', 1));
  assert.equal(await entered('gate-1'), had + 1); // acknowledged is counted
  await pub('-q', '1', '-t', TOPIC, '-m', [2, 3, 4].map((seq) => passage('G1-1', seq)).join('\n'));
  assert.equal(await entered('gate-1'), had + 4);
  await pub('-q', '1', '-t', TOPIC, '-m', passage('G1-1', 5), '-r'); // retained says nothing
  await pub('-q', '0', '-t', TOPIC, '-m', passage('G1-1', 6));
  await until(() => entered('gate-1'), had + 6);
});

test('a wrong password, a person\'s password and another level are refused', { timeout: 60000 }, async () => {
  await assert.rejects(run('mosquitto_pub',
    ['-h', '127.0.0.1', '-p', String(server.mqttPort), '-V', 'mqttv311',
      '-u', 'boss', '-P', 'only-for-tests-1', '-t', TOPIC, '-m', 'x']),
    /not authorised|5/i);
  assert.equal(await new Raw().send(hello({ password: 'x' })).next(), '20020005');
  assert.equal(await new Raw().send(hello({ level: 5 })).next(), '20020001');
  assert.equal(await new Raw().send(
    packet(0x10, text('MQTT'), Buffer.from([4, 0xc0, 0, 60]),
      text(''), text('u'), text(token))).next(), '20020002');
});

test('PUBACKs come in the order of the PUBLISHes, other topics among them', { timeout: 60000 }, async () => {
  const raw = new Raw().send(hello());
  assert.equal(await raw.next(), '20020000');
  const pieces = [], wanted = [];
  for (let id = 1; id <= 3000; id++) {
    pieces.push(id % 7 === 0
      ? publish(id, 'x', { topic: '$SYS/broker/connection/x/state' })
      : publish(id, id % 11 === 0 ? '' : passage('G1-2', id)));
    wanted.push(puback(id));
  }
  raw.send(...pieces);
  for (const w of wanted) assert.equal(await raw.next(), w);
  raw.send(Buffer.from([0xe0, 0]));
  await raw.ended;
});

test('a record that is refused for good is acknowledged and counted nowhere; its neighbours count', { timeout: 60000 }, async () => {
  const had = await entered('gate-2');
  const raw = new Raw().send(hello());
  await raw.next();
  raw.send(publish(1,
    ['{', passage('NOBODY', 1), passage('G2-1', 1, { checkpoint: 'gate-1' }), passage('G2-1', 2),
      'x'.repeat(5000), passage('G2-1', 3)].join('\r\n')));
  assert.equal(await raw.next(), puback(1));
  assert.equal(await entered('gate-2'), had + 2);
  const narrow = (await server.token('boss', 'night', ['G1-*'])).token;
  const other = new Raw().send(hello({ password: narrow }));
  await other.next();
  other.send(publish(7, passage('G2-1', 4)));
  assert.equal(await other.next(), puback(7));
  assert.equal(await entered('gate-2'), had + 2);
  raw.socket.destroy();
  other.socket.destroy();
});

test('a message larger than a batch is taken whole, one larger than a packet may be is not', { timeout: 60000 }, async () => {
  const raw = new Raw().send(hello());
  await raw.next();
  // A batch has 4,096 lines, refused ones included: this is eleven of them.
  const lines = Array.from({ length: 44000 }, (_, i) => (i % 44 === 7 ? passage('G2-2', i) : '{'));
  assert.ok(lines.join('\n').length < 262000);
  const had = await entered('gate-2');
  raw.send(publish(1, lines.join('\n')), publish(2, passage('G2-2', 99999)));
  assert.equal(await raw.next(), puback(1));
  assert.equal(await raw.next(), puback(2));
  assert.equal(await entered('gate-2'), had + 1001);
  raw.send(publish(3, 'x'.repeat(262144)));
  assert.equal(await raw.next(), null);
});

test('what belongs to no listener closes the connection', { timeout: 60000 }, async () => {
  for (const bad of [
    publish(1, passage('G1-1', 900), { first: 0x34 }), hello(),
    Buffer.from([0xf0, 0]), Buffer.from([0x62, 2, 0, 1]), Buffer.from([0x20, 2, 0, 0]),
  ]) {
    const raw = new Raw().send(hello(), bad);
    assert.equal(await raw.next(), '20020000');
    assert.equal(await raw.next(), null);
  }
  assert.equal(await new Raw().send(publish(1, 'x')).next(), null); // before CONNECT
});

test('an unknown session, and one the token is not for, are not acknowledged: closed so that it is sent again',
  { timeout: 60000 }, async () => {
  for (const topic of ['cordon/no-such/passages', 'cordon/other/passages']) {
    const raw = new Raw().send(hello());
    await raw.next();
    raw.send(publish(1, passage('G1-1', 901), { topic }));
    assert.equal(await raw.next(), null);
  }
});

test('only the time can be subscribed to, and it comes; pings are answered; '
  + 'a second connection of a client ends the first',
  { timeout: 60000 }, async () => {
  const raw = new Raw().send(hello({ client: 'twice' }));
  await raw.next();
  raw.send(packet(0x82, Buffer.from([0, 5]), text('#'), Buffer.from([1]), text('$cordon/time'), Buffer.from([0])));
  assert.equal(await raw.next(), '900400058000');
  const said = Buffer.from(there(await raw.next()), 'hex');
  assert.equal(said.subarray(4, 16).toString(), '$cordon/time');
  assert.ok(Math.abs(Date.parse(said.subarray(16).toString()) - Date.now()) < 60000);
  raw.send(Buffer.from([0xc0, 0]));
  assert.equal(await raw.next(), 'd000');
  raw.send(packet(0xa2, Buffer.from([0, 6]), text('$cordon/time')));
  assert.equal(await raw.next(), 'b0020006');
  const again = new Raw().send(hello({ client: 'twice' }));
  assert.equal(await again.next(), '20020000');
  assert.equal(await raw.next(), null);
  again.socket.destroy();
});

test('a client that keeps silent beyond its keep-alive is closed', { timeout: 60000 }, async () => {
  const raw = new Raw().send(hello({ client: 'silent', keep: 1 }));
  assert.equal(await raw.next(), '20020000');
  assert.equal(await raw.next(), null);
});

test('bytes that come one by one are the same packets', { timeout: 60000 }, async () => {
  const raw = new Raw();
  raw.socket.setNoDelay(true);
  for (const byte of Buffer.concat([hello({ client: 'slow' }), publish(9, passage('G3-1', 77))])) {
    await new Promise((resolve) => { raw.socket.write(Buffer.from([byte]), resolve); });
  }
  assert.equal(await raw.next(), '20020000');
  assert.equal(await raw.next(), puback(9));
  raw.socket.destroy();
});

test('mqtt.js: killed between publish and acknowledgement, everything comes again and counts once', { timeout: 120000 }, async (t) => {
  const had = await entered('gate-3');
  const half = 2000;
  const client = connect({ clean: false, reconnectPeriod: 50, clientId: 'js-kill' });
  t.after(() => client.end(true));
  client.on('error', () => {}); // refused while the server is down
  await new Promise<void>((resolve) => { client.once('connect', () => resolve()); });
  let acknowledged = 0, third: (sent: Promise<void>[]) => void = () => {};
  const some = new Promise<Promise<void>[]>((resolve) => { third = resolve; });
  const send = (from: number): Promise<void>[] => Array.from({ length: half }, (_, i) => new Promise<void>((resolve, reject) => {
    client.publish(TOPIC, passage('G3-2', from + i), { qos: 1 }, (error) => {
      if (error) { reject(error); return; }
      if (++acknowledged === 3) third(send(half + 1)); // on its way, and nothing can answer before the kill
      resolve();
    });
  }));
  const first = send(1);
  const second = await some;
  const killed = server.kill('SIGKILL');
  const before_ = acknowledged;
  assert.ok(before_ >= 3 && before_ <= half);
  await killed;
  await server.start();
  assert.ok(await entered('gate-3') - had >= before_, 'what was acknowledged is there');
  await Promise.all([...first, ...second]);
  assert.equal(await entered('gate-3') - had, 2 * half);
  assert.equal((await state()).books.sum, 0);
  await client.endAsync();
});

// No resend would find room: without a PUBACK the device would send it for ever, and what is good behind it would never come.
test('a passage for whose identity there is no room is acknowledged, counted, and holds nobody up', { timeout: 60000 }, async () => {
  await openSession(server, 'boss', 'full', { plan: smallPlan({ gates: 4 }) });
  const full = await server.token('boss', 'full');
  let rejected = 0;
  for (let boot = 1; rejected === 0; boot += 5000) { // a device that says "restarted" each time: it gets half of all streams
    const lines = Array.from({ length: 5000 }, (_, i) => passage('G1-1', 1, { boot: boot + i }));
    const receipt = (await post(server, full, 'full', lines)).json;
    rejected += lines.length - receipt.accepted - receipt.duplicate; // more than it lists
    assert.ok(receipt.rejected.every((r) => r.code === 'passage.identity_full') && boot < 200000);
  }
  const had = (await state('full')).checkpoints.map((c) => c.in).reduce((a, b) => a + b, 0);
  const raw = new Raw().send(hello({ password: full.token, client: 'full' }));
  assert.equal(await raw.next(), '20020000');
  raw.send(publish(1, passage('G1-1', 1, { boot: 900001 }), { topic: 'cordon/full/passages' }),
    publish(2, passage('G2-1', 1), { topic: 'cordon/full/passages' }));
  assert.equal(await raw.next(), puback(1));
  assert.equal(await raw.next(), puback(2));
  assert.equal((await state('full')).checkpoints.map((c) => c.in).reduce((a, b) => a + b, 0), had + 1);
  await until(async () => (await state('full')).books.rejected, rejected + 1);
  raw.send(Buffer.from([0xe0, 0]));
  await raw.ended;
});

test('a mosquitto bridge hands everything over, also when the server is killed meanwhile', { timeout: 120000 }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cordon-bridge-'));
  const socket = path.join(folder, 'socket');
  writeFileSync(path.join(folder, 'mosquitto.conf'), [
    `listener 0 ${socket}`, 'allow_anonymous true', 'persistence false', 'max_queued_messages 0', 'user root', 'log_dest stderr',
    'connection cordon', `address 127.0.0.1:${server.mqttPort}`, `topic ${TOPIC} out 1`,
    'cleansession false', 'bridge_protocol_version mqttv311',
    'remote_clientid gate-bridge', 'remote_username bridge', `remote_password ${token}`,
    'restart_timeout 1', 'keepalive_interval 10', ''].join('\n'));
  const up = new Promise<void>((resolve) => { const w = watch(folder, () => { if (existsSync(socket)) { w.close(); resolve(); } }); });
  const broker = spawn('mosquitto', ['-c', path.join(folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  broker.stderr.setEncoding('utf8').on('data', (d: string) => { log += d; });
  t.after(() => { broker.kill('SIGKILL'); rmSync(folder, { recursive: true, force: true }); });
  await up;
  const had = await entered('gate-4');
  const feed = (from: number, count: number): Promise<void> => new Promise((resolve, reject) => {
    const child = spawn('mosquitto_pub', ['--unix', socket, '-q', '1', '-t', TOPIC, '-l'], { stdio: ['pipe', 'ignore', 'pipe'] });
    child.on('error', reject).on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`mosquitto_pub: ${code}`))));
    child.stdin.end(Array.from({ length: count }, (_, i) => `${passage('G4-1', from + i)}\n`).join(''));
  });
  await feed(1, 500);
  await until(() => entered('gate-4'), had + 500).catch((e: Error) => { throw new Error(`${e.message}\n${log}`); });
  const feeding = feed(501, 1500);
  await server.kill('SIGKILL');
  await feeding;
  await server.start();
  await until(() => entered('gate-4'), had + 2000).catch((e: Error) => { throw new Error(`${e.message}\n${log}`); });
  assert.equal((await state()).books.sum, 0);
});
