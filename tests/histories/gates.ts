// Gates: each owns a device, numbers what it counts, and sends it until it is acknowledged; and on purpose also what no good
// gate would: numbers left out, the same again, the same number with another content, hours late, another boot.
import { contentOf } from './history.ts';
import type { Line, Recorder, Refused, Send } from './history.ts';
import type { Machine } from './machine.ts';
import { Broken, Publisher, Wire } from './wire.ts';
import type { Route } from './wire.ts';
import type { Random } from './proxy.ts';

export type Via = 'http' | 'csv' | 'mqtt';
export interface GateOptions {
  device: string;
  checkpoint: string;
  via: Via;
  route: Route;
  totals: boolean;
  machine: Machine;
  recorder: Recorder;
  random: Random;
  token: string;
  session: string;
}

const PENDING_MAX = 400; // sent and not known to be there: no new ones beyond
const REMEMBERED = 200; // settled ones that may be sent again
const WHOLE_BYTES_MAX = 12000; // one read of the server's, one batch
const OFFSETS_MIN = [0, 480, -300, 345, -720];
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

// A moment in any of the ways in which RFC 3339 can say it, the sixtieth second among them.
export function writeTime(at: number, random: Random): string {
  const offset = OFFSETS_MIN[Math.floor(random() * OFFSETS_MIN.length)] ?? 0;
  const sixtieth = at % 60000 < 1000 && at >= 60000;
  let text = new Date(at + offset * 60000 - (sixtieth ? 1000 : 0)).toISOString().slice(0, -1);
  if (sixtieth) text = `${text.slice(0, 17)}60${text.slice(19)}`;
  const a = Math.abs(offset),
    two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return text + (offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(a / 60)}:${two(a % 60)}`);
}

export class Gate {
  ending = false;
  acknowledged = 0;
  private readonly wire: Wire;
  private publisher: Publisher | undefined;
  private boot = 1;
  private seq = 0;
  private pending: Line[] = [];
  private settled: Line[] = [];
  private left: number[] = []; // numbers that were left out and may still come
  private last: Line[] | undefined; // the body of which nobody knows what became
  private total = { in: 0, out: 0 };

  constructor(private readonly o: GateOptions) {
    this.wire = new Wire(o.machine, o.route);
  }

  private chance(p: number): boolean {
    return this.o.random() < p;
  }
  private upTo(n: number): number {
    return Math.floor(this.o.random() * n);
  }

  private fresh(): Line {
    const { device, checkpoint, totals } = this.o;
    if (!totals && this.chance(0.002)) {
      this.boot++;
      this.seq = this.upTo(3);
      this.left = [];
    }
    let seq = ++this.seq;
    if (this.chance(0.03)) {
      const n = 1 + this.upTo(4);
      if (!totals) for (let i = 0; i < n; i++) if (this.chance(0.5)) this.left.push(seq + i);
      seq = this.seq += n;
    }
    if (this.left.length > 20) {
      this.seq--;
      seq = this.left.shift() ?? seq;
    }
    const late = this.chance(0.05) ? this.upTo(3 * 3600e3) : this.upTo(5000);
    const at = Date.now() - late,
      n = (): number => (this.chance(0.1) ? 0 : 1 + this.upTo(4));
    if (totals) {
      this.total.in += n();
      this.total.out += this.chance(0.2) ? n() : 0;
    }
    const people = totals ? { ...this.total } : { in: n(), out: this.chance(0.2) ? n() : 0 };
    return { device, boot: this.boot, seq, checkpoint, at: totals ? Date.now() : at, ...people, totals };
  }

  private variant(l: Line): Line {
    return this.chance(0.5) ? { ...l, in: l.in + 1 } : { ...l, at: l.at - 1 };
  }

  private body(): Line[] {
    const lines = [...this.pending];
    if (!this.ending && lines.length < PENDING_MAX) {
      const count = 1 + Math.floor(this.o.random() ** 3 * 60);
      for (let i = 0; i < count; i++) {
        const line = this.fresh();
        this.pending.push(line);
        if (!this.o.totals && this.chance(0.002)) lines.push(this.variant(line)); // the wrong one comes first, and wins
        lines.push(line);
        if (this.chance(0.01)) lines.push(line);
      }
    }
    const old = this.settled[this.upTo(this.settled.length)];
    if (!this.ending && old !== undefined && this.chance(0.05))
      lines.push(!this.o.totals && this.chance(0.3) ? this.variant(old) : old);
    if (!this.o.totals && this.chance(0.1)) lines.reverse();
    return lines;
  }

  // Until it is told to end and everything that it ever meant to say is settled.
  async run(): Promise<void> {
    while (!this.ending || this.pending.length > 0) {
      const again = this.last !== undefined && this.chance(0.6) ? this.last : undefined;
      const lines = again ?? this.body();
      if (lines.length > 0) await this.send(lines);
      await pause(this.o.random() ** 2 * 90);
      if (this.chance(0.01)) this.disconnect();
    }
    this.disconnect();
  }

  private disconnect(): void {
    this.wire.end();
    this.publisher?.end();
    this.publisher = undefined;
  }

  private async send(lines: Line[]): Promise<void> {
    const payload = lines.map((l) => this.write(l)).join('\n') + '\n';
    const op = this.o.recorder.send(
      this.o.device,
      this.o.via,
      this.o.route.direct && payload.length <= WHOLE_BYTES_MAX,
      lines,
    );
    this.last = undefined;
    try {
      if (this.o.via === 'mqtt') await this.publish(payload);
      else await this.post(payload, op);
      if (op.phase === 'open') this.o.recorder.end(op, 'ok');
    } catch (e) {
      if (!(e instanceof Broken)) throw e;
      this.o.recorder.end(op, e.sent ? 'unknown' : 'fail', e.sent ? e.message : 'connect');
    }
    if (op.phase === 'ok') this.settle(op);
    else {
      this.last = op.phase === 'unknown' ? lines : undefined;
      this.disconnect();
      await this.o.machine.up;
      await pause(this.o.random() * 60);
    }
  }

  private settle(op: Send): void {
    const refused = new Map<number, string>(op.refused.map((r) => [r.line, r.code]));
    const done = new Set<string>();
    op.lines.forEach((l, i) => {
      const code = refused.get(i + 1);
      if (code === undefined || code === 'passage.conflict') done.add(`${l.boot}/${l.seq}/${contentOf(l)}`);
    });
    const stays = this.pending.filter((l) => !done.has(`${l.boot}/${l.seq}/${contentOf(l)}`));
    this.acknowledged += this.pending.length - stays.length;
    this.settled = [...this.settled, ...this.pending.filter((l) => !stays.includes(l))].slice(-REMEMBERED);
    this.pending = stays;
  }

  private write(l: Line): string {
    const at = writeTime(l.at, this.o.random);
    if (this.o.via === 'csv') return `${l.device},${l.boot},${l.seq},${at},${l.checkpoint},${l.in},${l.out}`;
    return JSON.stringify({
      device: l.device,
      boot: l.boot,
      seq: l.seq,
      at,
      ...(this.chance(0.5) && { checkpoint: l.checkpoint }),
      ...(l.totals ? { in_total: l.in, out_total: l.out } : { in: l.in, out: l.out }),
    });
  }

  private async publish(payload: string): Promise<void> {
    if (this.publisher?.usable !== true) {
      this.publisher = new Publisher(this.o.machine, this.o.route, this.o.device, this.o.token);
      await this.publisher.ready;
    }
    await this.publisher.publish(`cordon/${this.o.session}/passages`, payload);
  }

  private async post(payload: string, op: Send): Promise<void> {
    const csv = this.o.via === 'csv';
    const answer = await this.wire.request('POST', `/api/v1/sessions/${this.o.session}/passages${csv ? '/csv' : ''}`, {
      body: payload,
      type: csv ? 'text/csv' : 'application/x-ndjson',
      token: this.o.token,
    });
    const told = JSON.parse(answer.text) as { accepted: number; duplicate: number; rejected: Refused[]; code: string };
    if (answer.status === 200) {
      op.accepted = told.accepted;
      op.duplicate = told.duplicate;
      op.refused = told.rejected.map(({ line, code }) => ({ line, code }));
      this.o.recorder.end(op, 'ok');
    } else {
      // Of several batches some may be there: only one batch is nothing at all.
      this.o.recorder.end(op, op.whole ? 'fail' : 'unknown', told.code);
    }
  }
}
