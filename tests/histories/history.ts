// What was asked, when, and what came back: the one thing that the checkers look at.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

// One passage as its gate meant it. The same moment may be written in many ways; `at` is the moment.
export interface Line {
  device: string;
  boot: number;
  seq: number;
  checkpoint: string;
  at: number;
  in: number;
  out: number;
  totals: boolean;
}
export const identityOf = (l: Pick<Line, 'device' | 'boot' | 'seq'>): string => `${l.device}/${l.boot}/${l.seq}`;
export const contentOf = (l: Pick<Line, 'at' | 'checkpoint' | 'in' | 'out' | 'totals'>): string =>
  `${l.at}|${l.checkpoint}|${l.in}|${l.out}|${l.totals ? 'totals' : 'people'}`;

// ok: it was answered and took effect (or was read). fail: it certainly had no effect. unknown: nobody can say.
export type Phase = 'open' | 'ok' | 'fail' | 'unknown';

interface Common {
  n: number;
  client: string;
  life: number;
  t0: number;
  t1: number;
  phase: Phase;
  code: string;
}
export interface Refused {
  line: number;
  code: string;
}
export interface Send extends Common {
  f: 'send';
  via: string;
  whole: boolean; // one batch of the server's: all of it or nothing
  lines: Line[];
  accepted: number;
  duplicate: number;
  refused: Refused[];
}
// The numbers of a state that do not depend on the time at which it is looked at.
export interface Counters {
  seq: number;
  records: number;
  planVersion: number;
  sum: number;
  passages: number;
  conflicts: number;
  checkpoints: Record<string, { in: number; out: number }>;
  zones: Record<string, number>;
}
export interface StateRead extends Common {
  f: 'state';
  at: number | null;
  counters: Counters | null;
}
export interface Heard {
  t: number;
  life: number;
  type: 'state' | 'delta' | 'beat';
  seq: number;
  digest: string;
  counters: Counters | null;
}
export interface Listen extends Common {
  f: 'listen';
  since: number | null;
  heard: Heard[];
}
export interface Count extends Common {
  f: 'flow' | 'journal' | 'conflicts';
  count: number;
}
export interface Operate extends Common {
  f: 'recount' | 'lane' | 'plan';
  key: string;
  size: number;
}
export type Op = Send | StateRead | Listen | Count | Operate;

export interface Fault {
  t: number;
  life: number;
  what: string;
}
export interface Life {
  number: number;
  from: number;
  to: number;
}

export interface JournalRow {
  number: number;
  kind: string;
  recorded_at: string;
  device?: string;
  checkpoint?: string;
  boot?: number;
  seq?: number;
  at?: string;
  in?: number;
  out?: number;
  in_total?: number;
  out_total?: number;
  count?: number;
  version?: number;
  reason?: string;
  lane_number?: number;
  open?: boolean;
}
export interface DeviceView {
  id: string;
  missing: number;
  conflicts: number;
}
export interface FlowView {
  from: string;
  step_s: number;
  checkpoints: { id: string; in: number[]; out: number[] }[];
  inside: number[];
}
export interface Conflict {
  device: string;
  boot: number;
  seq: number;
  checkpoint: string;
  at: string;
  in?: number;
  out?: number;
  in_total?: number;
  out_total?: number;
}
export interface LaneView {
  checkpoint: string;
  lane: number;
  open: boolean;
}
// What the server says when all is quiet again, and once more after a clean stop and a start.
export interface Final {
  journal: JournalRow[];
  counters: Counters;
  again: Counters;
  devices: DeviceView[];
  lanes: LaneView[];
  flow: FlowView;
  conflicts: { count: number; conflicts: Conflict[] };
}

export interface History {
  seed: number;
  ops: Op[];
  faults: Fault[];
  lives: Life[];
  final: Final | null;
}

export class Recorder {
  readonly history: History;
  life = 0;
  private readonly began = performance.now();

  constructor(seed: number) {
    this.history = { seed, ops: [], faults: [], lives: [], final: null };
  }

  now(): number {
    return performance.now() - this.began;
  }

  private head(client: string): Common {
    return {
      n: this.history.ops.length,
      client,
      life: this.life,
      t0: this.now(),
      t1: Infinity,
      phase: 'open',
      code: '',
    };
  }

  private add<T extends Op>(op: T): T {
    this.history.ops.push(op);
    return op;
  }

  send(client: string, via: string, whole: boolean, lines: Line[]): Send {
    return this.add({ ...this.head(client), f: 'send', via, whole, lines, accepted: 0, duplicate: 0, refused: [] });
  }
  state(client: string, at: number | null): StateRead {
    return this.add({ ...this.head(client), f: 'state', at, counters: null });
  }
  listen(client: string, since: number | null): Listen {
    return this.add({ ...this.head(client), f: 'listen', since, heard: [] });
  }
  count(client: string, f: Count['f']): Count {
    return this.add({ ...this.head(client), f, count: 0 });
  }
  operate(client: string, f: Operate['f'], key: string, size = 0): Operate {
    return this.add({ ...this.head(client), f, key, size });
  }

  end(op: Op, phase: Phase, code = ''): void {
    op.t1 = this.now();
    op.phase = phase;
    op.code = code;
  }

  fault(what: string): void {
    this.history.faults.push({ t: this.now(), life: this.life, what });
  }
  begins(): void {
    this.life++;
    this.history.lives.push({ number: this.life, from: this.now(), to: Infinity });
  }
  ends(): void {
    const l = this.history.lives.at(-1);
    if (l !== undefined) l.to = this.now();
  }

  // One line an event, in the order of time: to be read by people and by grep.
  save(folder: string, wrong: string[]): string {
    mkdirSync(folder, { recursive: true });
    const events: { t: number; text: string }[] = [];
    for (const op of this.history.ops) {
      const { n, client, life, t0, t1, phase, code, f, ...rest } = op;
      events.push({ t: t0, text: JSON.stringify({ t: t0, n, client, life, f, phase: 'invoke', ...rest }) });
      if (t1 !== Infinity) events.push({ t: t1, text: JSON.stringify({ t: t1, n, client, f, phase, code }) });
    }
    for (const f of this.history.faults) events.push({ t: f.t, text: JSON.stringify({ ...f, client: 'nemesis' }) });
    events.sort((a, b) => a.t - b.t);
    const file = path.join(folder, `${this.history.seed}.ndjson`);
    writeFileSync(
      file,
      [
        ...wrong.map((w) => JSON.stringify({ wrong: w })),
        ...events.map((e) => e.text),
        JSON.stringify({ final: this.history.final }),
      ].join('\n') + '\n',
    );
    return file;
  }
}
