// The ways to the server: one HTTP connection that is cut when it takes too long, and an MQTT client that counts PUBACKs.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import type { Machine } from './machine.ts';

export interface Answer {
  status: number;
  text: string;
}
// sent: bytes may have left. Nobody knows then what became of them.
export class Broken extends Error {
  constructor(
    why: string,
    readonly sent: boolean,
  ) {
    super(why);
  }
}

export const GIVE_UP_MS = 3000;
// Where to connect to: the server itself, or a proxy before it.
export interface Route {
  http: () => number;
  mqtt: () => number;
  direct: boolean;
}

export class Wire {
  private agent: http.Agent | undefined;
  cookie = '';
  constructor(
    private readonly machine: Machine,
    private readonly route: Route,
  ) {}

  request(
    method: string,
    where: string,
    { body, type, token }: { body?: string; type?: string; token?: string } = {},
  ): Promise<Answer> {
    const kind = this.machine.tls ? https : http;
    this.agent ??= new kind.Agent({ keepAlive: true, maxSockets: 1, ...(this.machine.tls && { ca: this.machine.ca }) });
    const headers = {
      'X-Cordon': '1',
      ...(this.cookie !== '' && token === undefined && { Cookie: this.cookie }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && {
        'Content-Type': type ?? 'application/json',
        'Content-Length': Buffer.byteLength(body),
      }),
    };
    return new Promise((resolve, reject) => {
      let sent = false,
        over = false;
      const request = kind.request({
        host: '127.0.0.1',
        port: this.route.http(),
        method,
        path: where,
        headers,
        agent: this.agent as http.Agent,
      });
      const fail = (why: string): void => {
        if (over) return;
        over = true;
        clearTimeout(limit);
        request.destroy();
        reject(new Broken(why, sent));
      };
      const limit = setTimeout(() => fail('took too long'), GIVE_UP_MS);
      request.on('socket', (socket) => {
        if (!socket.connecting) sent = true;
        else
          socket.once('connect', () => {
            sent = true;
          });
      });
      request.on('error', (e: Error & { code?: string }) => fail(e.code ?? e.message));
      request.on('response', (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (d: Buffer) => pieces.push(d)).on('error', () => fail('cut'));
        answer
          .on('close', () => fail('cut'))
          .on('end', () => {
            if (over || !answer.complete) {
              fail('cut');
              return;
            }
            over = true;
            clearTimeout(limit);
            const set = answer.headers['set-cookie'];
            if (set !== undefined) this.cookie = set.map((c) => c.split(';')[0]).join('; ');
            resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') });
          });
      });
      request.end(body);
    });
  }

  end(): void {
    this.agent?.destroy();
    this.agent = undefined;
  }
}

const text = (s: string): Buffer => {
  const b = Buffer.from(s);
  return Buffer.concat([Buffer.from([b.length >> 8, b.length & 255]), b]);
};
function packet(first: number, ...pieces: Buffer[]): Buffer {
  const rest = Buffer.concat(pieces),
    head = [first];
  for (let n = rest.length, more = true; more; n = Math.floor(n / 128)) {
    more = n >= 128;
    head.push((n % 128) | (more ? 128 : 0));
  }
  return Buffer.concat([Buffer.from(head), rest]);
}

// One connection with a clean session: what has no PUBACK when it ends is for the caller to send again.
export class Publisher {
  private bytes = Buffer.alloc(0);
  private readonly waiting = new Map<number, { resolve: () => void; reject: (e: Broken) => void }>();
  private next = 1;
  private over: string | undefined;
  private greeted: () => void = () => {};
  readonly ready: Promise<void>;
  private readonly socket: net.Socket;

  constructor(machine: Machine, route: Route, client: string, token: string) {
    const port = route.mqtt();
    this.socket = machine.tls
      ? tls.connect({ host: '127.0.0.1', port, ca: machine.ca })
      : net.connect(port, '127.0.0.1');
    this.ready = new Promise((resolve, reject) => {
      this.greeted = resolve;
      this.socket.on('close', () => {
        this.fail('closed');
        reject(new Broken('closed', false));
      });
    });
    this.ready.catch(() => {});
    const limit = setTimeout(() => this.fail('took too long'), GIVE_UP_MS);
    void this.ready.then(
      () => clearTimeout(limit),
      () => clearTimeout(limit),
    );
    this.socket
      .on('error', () => {})
      .on('end', () => this.fail('ended'))
      .on('data', (d: Buffer) => this.take(d));
    this.socket.on(machine.tls ? 'secureConnect' : 'connect', () =>
      this.socket.write(
        packet(0x10, text('MQTT'), Buffer.from([4, 0xc2, 0, 60]), text(client), text('gate'), text(token)),
      ),
    );
  }

  get usable(): boolean {
    return this.over === undefined;
  }

  private take(d: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, d]);
    while (this.bytes.length >= 2 && this.bytes.length >= 2 + (this.bytes[1] ?? 0)) {
      const p = this.bytes.subarray(0, 2 + (this.bytes[1] ?? 0));
      this.bytes = this.bytes.subarray(p.length);
      if (p[0] === 0x20 && p[3] === 0) this.greeted();
      else if (p[0] === 0x40) {
        const id = p.readUInt16BE(2);
        this.waiting.get(id)?.resolve();
        this.waiting.delete(id);
      } else this.fail(`packet ${p.toString('hex')}`);
    }
  }

  private fail(why: string): void {
    this.over ??= why;
    this.socket.destroy();
    for (const w of this.waiting.values()) w.reject(new Broken(why, true));
    this.waiting.clear();
  }

  publish(topic: string, payload: string): Promise<void> {
    if (this.over !== undefined) return Promise.reject(new Broken(this.over, false));
    const id = this.next;
    this.next = (this.next % 65535) + 1;
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => this.fail('took too long'), GIVE_UP_MS);
      const done = (then: () => void) => (): void => {
        clearTimeout(limit);
        then();
      };
      this.waiting.set(id, {
        resolve: done(resolve),
        reject: (e) => {
          clearTimeout(limit);
          reject(e);
        },
      });
      this.socket.write(packet(0x32, text(topic), Buffer.from([id >> 8, id & 255]), Buffer.from(payload)));
    });
  }

  end(): void {
    this.fail('done');
  }
}
