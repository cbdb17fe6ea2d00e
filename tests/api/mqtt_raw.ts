// MQTT by hand: for what no good client would send, and for seeing each packet of the answer.
import net from 'node:net';

const text = (s: string): Buffer => { const b = Buffer.from(s); return Buffer.concat([Buffer.from([b.length >> 8,
  b.length & 255]), b]); };
export { text as mqttText };

export function mqttPacket(first: number, ...pieces: Buffer[]): Buffer {
  const rest = Buffer.concat(pieces);
  const head = [first];
  for (let n = rest.length, more = true; more; n = Math.floor(n / 128)) { more = n >= 128; head.push((n % 128) | (more ? 128 : 0)); }
  return Buffer.concat([Buffer.from(head), rest]);
}

export interface Hello { client?: string; password?: string; level?: number; keep?: number }
export const mqttHello = ({ client = 'raw', password = '', level = 4, keep = 60 }: Hello = {}): Buffer =>
  mqttPacket(0x10, text('MQTT'), Buffer.from([level, 0xc2, keep >> 8, keep & 255]), text(client), text('u'), text(password));

export const mqttPublish = (id: number, payload: string, { topic = 'cordon/night/passages', first = 0x32 } = {}): Buffer =>
  mqttPacket(first, text(topic), first & 6 ? Buffer.from([id >> 8, id & 255]) : Buffer.alloc(0), Buffer.from(payload));

export const mqttPuback = (id: number): string => Buffer.from([0x40, 2, id >> 8, id & 255]).toString('hex');

// A client that tells what it got, packet by packet (all we are sent is short).
export class RawMqtt {
  readonly socket: net.Socket;
  readonly ended: Promise<void>;
  private bytes = Buffer.alloc(0);
  private wakers: (() => void)[] = [];
  private over = false;

  constructor(port: number, host = '127.0.0.1') {
    this.socket = net.connect(port, host).on('error', () => {});
    this.socket.on('data', (d: Buffer) => { this.bytes = Buffer.concat([this.bytes, d]); this.wake(); });
    this.ended = new Promise<void>((resolve) => { this.socket.on('close', () => resolve()); })
      .then(() => { this.over = true; this.wake(); });
  }

  private wake(): void { for (const w of this.wakers.splice(0)) w(); }
  send(...pieces: Buffer[]): this { this.socket.write(Buffer.concat(pieces)); return this; }

  // The next packet, null when the connection is over.
  async next(): Promise<string | null> {
    for (;;) {
      const size = this.bytes[1];
      if (size !== undefined && this.bytes.length >= 2 + size) {
        const packet = this.bytes.subarray(0, 2 + size);
        this.bytes = this.bytes.subarray(packet.length);
        return packet.toString('hex');
      }
      if (this.over) return null;
      await new Promise<void>((resolve) => { this.wakers.push(resolve); });
    }
  }
}
