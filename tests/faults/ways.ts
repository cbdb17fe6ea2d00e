// The ways that are no single request: a browser's socket, a device's MQTT, what the server does by itself.
import net from 'node:net';
import WebSocket from 'ws';
import { passage } from '../api/lib.ts';
import type { Message } from '../api/shapes.ts';
import { NIGHT, PATIENCE_MS } from './bench.ts';
import type { Bench, Outcome } from './bench.ts';

export interface Attempt { outcome: Outcome; seq: number; seqs: string[] } // passages that were acknowledged, or would have been
// `seqs` of the attempt before: sent once more.
export type Way = (bench: Bench, again?: Attempt) => Promise<Attempt>;

const OK: Outcome = { is: 'answered', status: 200, code: '', text: '' };
let seq = 0;
// The same passage is the same to the letter, whenever it is sent.
const at = new Date(Date.now() - 1000).toISOString();
const nextSeq = (again?: Attempt): number => again?.seq ?? ++seq;

// Signed in, the state comes, a passage is posted, its delta comes.
async function browser(bench: Bench, again?: Attempt): Promise<Attempt> {
  const mine = nextSeq(again);
  const socket = new WebSocket(`${bench.server.url.replace('http', 'ws')}/api/v1/sessions/${NIGHT}/live`,
    { headers: { Cookie: bench.server.cookies['boss'] ?? '', Origin: bench.server.url } });
  let counted = -1;
  const outcome = await new Promise<Outcome>((resolve) => {
    const limit = setTimeout(() => resolve({ is: 'silent' }), PATIENCE_MS);
    const done = (o: Outcome): void => { clearTimeout(limit); resolve(o); };
    socket.on('unexpected-response', (_, answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (d: Buffer) => pieces.push(d)).on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        done({ is: 'answered', status: answer.statusCode ?? 0, code: /"code":"([^"]*)"/.exec(text)?.[1] ?? '', text });
      });
    });
    socket.on('error', (e) => done({ is: 'closed', why: e.message })).on('close', () => done({ is: 'closed', why: 'closed' }));
    socket.on('message', (bytes) => {
      const told = JSON.parse(String(bytes)) as Message;
      const passages = told.books?.passages;
      if (told.type === 'state' && counted < 0) {
        counted = passages ?? 0;
        void bench.ask({ method: 'POST', where: `/api/v1/sessions/${NIGHT}/passages`, as: bench.token, type: 'application/x-ndjson',
          body: `${passage('G1-2', mine, { at })}\n` }).then((post) => {
          if (post.is !== 'answered' || post.status !== 200) done(post);
          else if (post.text.includes('"duplicate":1')) done(OK); // counted before: no delta need come
        });
      } else if (passages !== undefined && passages > counted) done(OK);
    });
  });
  socket.removeAllListeners('close').terminate();
  return { outcome, seq: mine, seqs: [`G1-2 ${mine}`] };
}

const text = (s: string): Buffer => Buffer.concat([Buffer.from([s.length >> 8, s.length & 255]), Buffer.from(s)]);
function packet(first: number, ...pieces: Buffer[]): Buffer {
  const rest = Buffer.concat(pieces), head = [first];
  for (let n = rest.length, more = true; more; n = Math.floor(n / 128)) { more = n >= 128; head.push((n % 128) | (more ? 128 : 0)); }
  return Buffer.concat([Buffer.from(head), rest]);
}

// CONNECT, SUBSCRIBE, PUBLISH with QoS 1, PINGREQ, DISCONNECT; each waits for what it must be told.
async function device(bench: Bench, again?: Attempt): Promise<Attempt> {
  const mine = nextSeq(again), who = Buffer.concat([text('MQTT'), Buffer.from([4, 0xc2, 0, 60]), text('fault'), text('gate'),
    text(bench.token.token)]);
  const steps: [string, Buffer, number][] = [
    ['CONNECT', packet(0x10, who), 0x20],
    ['SUBSCRIBE', packet(0x82, Buffer.from([0, 1]), text('none/of/this'), Buffer.from([0])), 0x90],
    ['PUBLISH', packet(0x32, text(`cordon/${NIGHT}/passages`), Buffer.from([0, 2]), Buffer.from(passage('G2-1', mine, { at }))), 0x40],
    ['PINGREQ', packet(0xc0), 0xd0],
  ];
  const socket = net.connect(bench.server.mqttPort, '127.0.0.1');
  const outcome = await new Promise<Outcome>((resolve) => {
    let step = 0, got = Buffer.alloc(0);
    const limit = setTimeout(() => resolve({ is: 'silent' }), PATIENCE_MS);
    const done = (o: Outcome): void => { clearTimeout(limit); resolve(o); };
    const next = (): void => { socket.write(there(steps[step])[1]); };
    socket.on('connect', next).on('error', (e) => done({ is: 'closed', why: e.message }))
      .on('close', () => done({ is: 'closed', why: 'closed' }));
    socket.on('data', (bytes) => {
      got = Buffer.concat([got, bytes]);
      while (got.length >= 2 && got.length >= 2 + (got[1] ?? 0)) {
        const one = got.subarray(0, 2 + (got[1] ?? 0));
        got = got.subarray(one.length);
        const [name, , wanted] = there(steps[step]);
        if (((one[0] ?? 0) & 0xf0) !== wanted) done({ is: 'answered', status: 400, code: name, text: `${name}: ${one.toString('hex')}` });
        // A CONNACK that says "server unavailable" is an honest one.
        if (name === 'CONNECT' && one[3] === 3) done({ is: 'closed', why: 'unavailable' });
        else if (name === 'CONNECT' && one[3] !== 0) {
          done({ is: 'answered', status: 401, code: `CONNACK ${one[3]}`, text: one.toString('hex') });
        }
        if (++step === steps.length) { done(OK); return; }
        next();
      }
    });
  });
  socket.removeAllListeners('close').on('close', () => {}).end(packet(0xe0));
  socket.destroySoon();
  return { outcome, seq: mine, seqs: [`G2-1 ${mine}`] };
}
const there = <T>(value: T | undefined): T => { if (value === undefined) throw new Error('one step too many'); return value; };

// A passage is sent and then the server is left alone, until it meets a fault in what it does by itself.
async function alone(bench: Bench, again?: Attempt): Promise<Attempt> {
  const mine = nextSeq(again), before = bench.gauge.injected;
  const outcome = await bench.ask({ method: 'POST', where: `/api/v1/sessions/${NIGHT}/passages`, as: bench.token,
    type: 'application/x-ndjson', body: `${passage('E1-1', mine, { at })}\n` });
  for (let waited = 0; again === undefined && waited < 2500 && bench.gauge.injected === before; waited += 25) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { outcome, seq: mine, seqs: [`E1-1 ${mine}`] };
}

export const WAYS: Record<string, Way> = {
  'GET /api/v1/sessions/{id}/live': browser,
  'MQTT: connect, subscribe, publish, ping': device,
  'what the server does by itself': alone,
};
