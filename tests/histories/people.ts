// Those who look and those who operate: readers of state, flow, journal and conflicts, listeners that resume, operators.
import WebSocket from 'ws';
import type { Message, Plan, State } from '../api/shapes.ts';
import { PASSWORD } from '../api/lib.ts';
import { digestOf } from './checks/revisions.ts';
import type { Conflict, Counters, FlowView, JournalRow, Listen, Recorder } from './history.ts';
import type { Machine } from './machine.ts';
import { Broken, Wire } from './wire.ts';
import type { Answer, Route } from './wire.ts';
import type { Random } from './proxy.ts';

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

export interface Person {
  name: string;
  session: string;
  route: Route;
  machine: Machine;
  recorder: Recorder;
  random: Random;
}

export function countersOf(s: State): Counters {
  return {
    seq: s.seq,
    records: s.records,
    planVersion: s.plan_version,
    sum: s.books.sum,
    passages: s.books.passages,
    conflicts: s.books.conflicts,
    checkpoints: Object.fromEntries(s.checkpoints.map((c) => [c.id, { in: c.in, out: c.out }])),
    zones: Object.fromEntries(s.zones.map((z) => [z.id, z.ledger])),
  };
}

// Somebody who signs in, and signs in again when that is asked for.
export class Seat {
  ending = false;
  readonly wire: Wire;
  constructor(readonly o: Person) {
    this.wire = new Wire(o.machine, o.route);
  }

  path(rest: string): string {
    return `/api/v1/sessions/${this.o.session}/${rest}`;
  }

  async ask(method: string, where: string, body?: string, type?: string): Promise<Answer> {
    if (this.wire.cookie === '') {
      const answer = await this.wire.request('POST', '/api/v1/sign-in', {
        body: JSON.stringify({ name: 'boss', password: PASSWORD }),
      });
      if (answer.status !== 200) throw new Broken(codeOf(answer), false);
    }
    const answer = await this.wire.request(method, where, {
      ...(body !== undefined && { body }),
      ...(type !== undefined && { type }),
    });
    if (answer.status === 401) this.wire.cookie = '';
    return answer;
  }

  // What has not gone well: rest until the server is there again.
  async recover(): Promise<void> {
    this.wire.end();
    await this.o.machine.up;
    await pause(this.o.random() * 100);
  }
}

export function codeOf(a: Answer): string {
  try {
    return (JSON.parse(a.text) as { code: string }).code;
  } catch {
    return `status ${a.status}`;
  }
}

const endOf = (e: unknown): { phase: 'fail' | 'unknown'; code: string } => {
  if (!(e instanceof Broken)) throw e;
  return { phase: e.sent ? 'unknown' : 'fail', code: e.sent ? e.message : 'connect' };
};

// Reads the state, now and then as it was at some moment before.
export async function readStates(seat: Seat): Promise<void> {
  const { name, recorder, random } = seat.o;
  let first = 0,
    latest = 0;
  while (!seat.ending) {
    const past = latest > first && random() < 0.15 ? first + Math.floor(random() * (latest - first + 1)) : null;
    const op = recorder.state(name, past);
    try {
      const answer = await seat.ask(
        'GET',
        seat.path('state') + (past === null ? '' : `?at=${encodeURIComponent(new Date(past).toISOString())}`),
      );
      if (answer.status === 200) {
        const state = JSON.parse(answer.text) as State;
        op.counters = countersOf(state);
        first ||= Date.parse(state.at);
        latest = Math.max(latest, Date.parse(state.at));
        recorder.end(op, 'ok');
      } else recorder.end(op, 'fail', codeOf(answer));
    } catch (e) {
      const { phase, code } = endOf(e);
      recorder.end(op, phase, code);
      await seat.recover();
    }
    await pause(random() ** 2 * 120);
  }
  seat.wire.end();
}

// Reads what the keeper answers.
export async function readBooks(seat: Seat): Promise<void> {
  const { name, recorder, random } = seat.o;
  let read = 0; // records of the journal
  while (!seat.ending) {
    const f = (['journal', 'flow', 'conflicts'] as const)[Math.floor(random() * 3)] ?? 'flow';
    const op = recorder.count(name, f);
    try {
      const answer = await seat.ask('GET', seat.path(f === 'journal' ? `journal?from=${read + 1}&count=10000` : f));
      if (answer.status === 200) {
        const said: unknown = JSON.parse(answer.text);
        if (f === 'journal') read += rowsOf(said).length;
        op.count =
          f === 'journal'
            ? rowsOf(said).length < 10000
              ? read
              : Infinity
            : f === 'conflicts'
              ? (said as { count: number }).count
              : (said as FlowView).inside.length;
        recorder.end(op, 'ok');
      } else recorder.end(op, 'fail', codeOf(answer));
    } catch (e) {
      const { phase, code } = endOf(e);
      recorder.end(op, phase, code);
      await seat.recover();
    }
    await pause(random() * 250);
  }
  seat.wire.end();
}

export const rowsOf = (said: unknown): JournalRow[] =>
  Array.isArray(said) ? said : (said as { records: JournalRow[] }).records;

// ---- operators ----

export interface Doing {
  f: 'recount' | 'lane' | 'plan';
  key: string;
  method: string;
  where: string;
  body: string;
  type?: string;
}

export async function operate(seat: Seat, next: () => Doing, every_ms: number): Promise<void> {
  const { name, recorder, random } = seat.o;
  while (!seat.ending) {
    await pause(random() * 2 * every_ms);
    const doing = next(),
      op = recorder.operate(name, doing.f, doing.key, doing.body.length);
    try {
      const answer = await seat.ask(doing.method, seat.path(doing.where), doing.body, doing.type);
      if (answer.status === 200) {
        if (doing.f === 'plan') op.key = String((JSON.parse(answer.text) as { version: number }).version);
        recorder.end(op, 'ok');
      } else {
        // It may be in the journal, and only its line in the audit chain was refused.
        recorder.end(op, answer.status >= 500 ? 'unknown' : 'fail', codeOf(answer));
      }
    } catch (e) {
      const { phase, code } = endOf(e);
      recorder.end(op, phase, code);
      await seat.recover();
    }
  }
  seat.wire.end();
}

export function recounts(random: Random): () => Doing {
  let n = 0;
  return () => {
    const key = `count ${++n}`;
    return {
      f: 'recount',
      key,
      method: 'POST',
      where: 'recounts',
      body: JSON.stringify({
        zone: random() < 0.5 ? 'hall' : 'stand',
        ppl: Math.floor(random() * 1000),
        sigma_ppl: 1 + Math.floor(random() * 50),
        reason: key,
      }),
    };
  };
}

export function lanes(random: Random): () => Doing {
  return () => {
    const lane = random() < 0.5 ? 1 : 2,
      open = random() < 0.5;
    return {
      f: 'lane',
      key: `gate-1/${lane}/${open ? 'open' : 'closed'}`,
      method: 'POST',
      where: 'lanes',
      body: JSON.stringify({ checkpoint: 'gate-1', lanes: { [String(lane)]: open } }),
    };
  };
}

// One plan has the last gate, the next has not.
export function plans(whole: Plan, without: string): () => Doing {
  const fewer = { ...whole, features: whole.features.filter((x) => x.properties.id !== without) };
  let n = 0;
  return () => ({
    f: 'plan',
    key: '?',
    method: 'PUT',
    where: 'plan',
    type: 'application/geo+json',
    body: JSON.stringify(++n % 2 === 1 ? fewer : whole),
  });
}

// ---- listeners ----

// The state as one who listens has it: whole states replaced, deltas laid over.
export class Heard {
  private state: State | undefined;
  take(m: Message): Counters | null {
    if (m.type === 'state') this.state = m as State;
    else if (m.type === 'delta' && this.state !== undefined) {
      const s: State = { ...this.state, ...m, type: 'state' } as State;
      s.checkpoints = lay(this.state.checkpoints, m.checkpoints);
      s.zones = lay(this.state.zones, m.zones);
      this.state = s;
    }
    return this.state === undefined || m.type === 'beat' ? null : countersOf(this.state);
  }
  forget(): void {
    this.state = undefined;
  }
}
function lay<T extends { id: string }>(old: T[], changed: T[] | undefined): T[] {
  if (changed === undefined) return old;
  const by = new Map(changed.map((c) => [c.id, c]));
  return [...old.map((o) => by.get(o.id) ?? o), ...changed.filter((c) => !old.some((o) => o.id === c.id))];
}

export async function listen(seat: Seat): Promise<void> {
  const { name, recorder, random, machine, route } = seat.o;
  const heard = new Heard();
  let since: number | null = null;
  while (!seat.ending) {
    const op = recorder.listen(name, since);
    try {
      if (seat.wire.cookie === '') await seat.ask('GET', '/api/v1/me');
      since =
        (await hear(
          seat,
          op,
          heard,
          `${machine.tls ? 'wss' : 'ws'}://127.0.0.1:${route.http()}${seat.path('live')}${since === null ? '' : `?since=${since}`}`,
        )) ?? since;
    } catch (e) {
      const { phase, code } = endOf(e);
      recorder.end(op, phase, code);
    }
    await seat.recover();
    if (random() < 0.1) {
      since = null;
      heard.forget();
    }
  }
  seat.wire.end();
}

const LOOK_EVERY_MS = 100;
function hear(seat: Seat, op: Listen, heard: Heard, url: string): Promise<number | null> {
  const { recorder, machine, random } = seat.o;
  return new Promise((resolve) => {
    let last: number | null = null;
    const socket = new WebSocket(url, {
      handshakeTimeout: 3000,
      perMessageDeflate: false,
      headers: { Cookie: seat.wire.cookie, 'X-Cordon': '1' },
      ...(machine.tls && { ca: machine.ca }),
    });
    const until = recorder.now() + random() * 4000; // then it goes away and comes back
    const look = setInterval(() => {
      if (seat.ending || recorder.now() > until) socket.terminate();
    }, LOOK_EVERY_MS);
    socket.on('message', (d: Buffer) => {
      const m = JSON.parse(d.toString('utf8')) as Message;
      const counters = heard.take(m);
      op.heard.push({
        t: recorder.now(),
        life: op.life,
        type: m.type,
        seq: m.seq,
        digest: counters === null ? '' : digestOf(counters),
        counters,
      });
      last = m.seq;
    });
    socket
      .on('error', () => {})
      .on('unexpected-response', (_, answer) => {
        if (answer.statusCode === 401) seat.wire.cookie = '';
        op.code = `status ${answer.statusCode}`;
        socket.terminate();
      });
    socket.on('close', () => {
      clearInterval(look);
      recorder.end(op, 'ok', op.code);
      resolve(last);
    });
  });
}

// ---- at the end ----

export async function wholeJournal(seat: Seat): Promise<JournalRow[]> {
  const rows: JournalRow[] = [];
  for (;;) {
    const answer = await seat.ask('GET', seat.path(`journal?from=${rows.length + 1}&count=5000`));
    if (answer.status !== 200) throw new Error(`journal: ${answer.status} ${answer.text}`);
    const more = rowsOf(JSON.parse(answer.text));
    if (more.length === 0) return rows;
    rows.push(...more);
  }
}

export async function readAll<T>(seat: Seat, rest: string): Promise<T> {
  const answer = await seat.ask('GET', seat.path(rest));
  if (answer.status !== 200) throw new Error(`${rest}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as T;
}
export interface Conflicts {
  count: number;
  conflicts: Conflict[];
}
