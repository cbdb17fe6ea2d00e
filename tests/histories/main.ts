// One history: the real server, clients, a nemesis, and then the checkers. See run --help.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { randomBySeed, root, smallPlan } from '../api/lib.ts';
import type { State } from '../api/shapes.ts';
import { checkAnswers } from './checks/answers.ts';
import { checkBank } from './checks/bank.ts';
import type { Way } from './checks/bank.ts';
import { checkBounds } from './checks/bounds.ts';
import { checkGaps } from './checks/gaps.ts';
import { checkLedger } from './checks/ledger.ts';
import { checkOperators } from './checks/operators.ts';
import { checkPast } from './checks/past.ts';
import { checkRegister } from './checks/register.ts';
import { checkRevisions } from './checks/revisions.ts';
import { checkSet } from './checks/set.ts';
import type { Verdict } from './checks/verdict.ts';
import { Gate } from './gates.ts';
import type { Via } from './gates.ts';
import { Recorder } from './history.ts';
import type { FlowView, History } from './history.ts';
import { Machine } from './machine.ts';
import { FAULTS, Nemesis, impossible } from './nemesis.ts';
import type { FaultName } from './nemesis.ts';
import {
  countersOf,
  lanes,
  listen,
  operate,
  plans,
  readAll,
  readBooks,
  readStates,
  recounts,
  Seat,
  wholeJournal,
} from './people.ts';
import type { Conflicts, Person } from './people.ts';
import { Proxy } from './proxy.ts';
import type { Route } from './wire.ts';

const SESSION = 'night';
const WAYS: Record<string, Way> = {
  'gate-1': { from: 'outside', to: 'hall' },
  'gate-2': { from: 'outside', to: 'hall' },
  'gate-3': { from: 'outside', to: 'hall' },
  'gate-4': { from: 'outside', to: 'hall' },
  'way-in': { from: 'hall', to: 'stand' },
  'exit-1': { from: 'hall', to: 'outside' },
};
// Device, checkpoint, how it sends, over a bad line?
const GATES: [string, string, Via, boolean][] = [
  ['G1-1', 'gate-1', 'http', false],
  ['G1-2', 'gate-1', 'http', true],
  ['G2-1', 'gate-2', 'csv', false],
  ['G2-2', 'gate-2', 'csv', true],
  ['G3-1', 'gate-3', 'mqtt', false],
  ['G3-2', 'gate-3', 'mqtt', true],
  ['G4-1', 'gate-4', 'http', false],
  ['G4-2', 'gate-4', 'csv', true],
  ['W-1', 'way-in', 'http', true],
  ['W-T', 'way-in', 'http', false],
  ['E1-1', 'exit-1', 'mqtt', false],
];
const REFUSALS: Partial<Record<FaultName, string[]>> = {
  clock: ['passage.future', 'server.clock', 'account.sign_in', 'account.sign_in_over'],
  full: ['store.full'],
  sync: ['store.write'],
};

interface Options {
  seconds: number;
  seed: number;
  faults: FaultName[];
}

class World {
  readonly recorder: Recorder;
  readonly machine: Machine;
  readonly proxies: Proxy[] = [];
  private readonly random: () => number;
  private readonly plan = smallPlan({ gates: 4 });
  private token = '';
  private direct!: Route;
  private bad!: Route;

  constructor(private readonly o: Options) {
    this.random = randomBySeed(o.seed);
    this.recorder = new Recorder(o.seed);
    this.machine = new Machine({ tls: this.random() < 0.5, small: o.faults.includes('full'), recorder: this.recorder });
  }

  // Everybody rolls dice of their own, so that one does not change what another does.
  private dice(): () => number {
    return randomBySeed(Math.floor(this.random() * 2 ** 32));
  }

  person(name: string, route: Route): Seat {
    const o: Person = {
      name,
      session: SESSION,
      route,
      machine: this.machine,
      recorder: this.recorder,
      random: this.dice(),
    };
    return new Seat(o);
  }

  async begin(): Promise<void> {
    const { machine } = this;
    await machine.prepare([['boss', 'administrator']]);
    await machine.start();
    for (const to of [() => machine.port, () => machine.mqttPort])
      this.proxies.push(await new Proxy(to, this.dice()).listen());
    const [http, mqtt] = this.proxies;
    const badly = this.o.faults.includes('proxy');
    for (const p of this.proxies) p.bad = badly;
    this.direct = { http: () => machine.port, mqtt: () => machine.mqttPort, direct: true };
    this.bad = { http: () => http?.port ?? 0, mqtt: () => mqtt?.port ?? 0, direct: false };
    const boss = this.person('boss', this.direct);
    const opened = await boss.ask('POST', '/api/v1/sessions', JSON.stringify({ id: SESSION, plan: this.plan }));
    if (opened.status >= 300) throw new Error(`open: ${opened.status} ${opened.text}`);
    const made = await boss.ask(
      'POST',
      '/api/v1/device-tokens',
      JSON.stringify({ session: SESSION, devices: ['*'], note: 'history' }),
    );
    this.token = (JSON.parse(made.text) as { secret: string }).secret;
    boss.wire.end();
  }

  async live(): Promise<Nemesis> {
    const { machine, recorder } = this;
    const gates = GATES.map(
      ([device, checkpoint, via, badly]) =>
        new Gate({
          device,
          checkpoint,
          via,
          totals: device === 'W-T',
          route: badly ? this.bad : this.direct,
          machine,
          recorder,
          random: this.dice(),
          token: this.token,
          session: SESSION,
        }),
    );
    const seats: Seat[] = [];
    const work = (name: string, route: Route, what: (s: Seat) => Promise<void>): Promise<void> => {
      const seat = this.person(name, route);
      seats.push(seat);
      return what(seat);
    };
    const others = [
      work('reader 1', this.direct, readStates),
      work('reader 2', this.bad, readStates),
      work('books', this.direct, readBooks),
      work('listener 1', this.direct, listen),
      work('listener 2', this.direct, listen),
      work('listener 3', this.bad, listen),
      work('counter', this.direct, (s) => operate(s, recounts(s.o.random), 150)),
      work('lanes', this.bad, (s) => operate(s, lanes(s.o.random), 150)),
      work('planner', this.direct, (s) => operate(s, plans(this.plan, 'gate-4'), 900)),
    ];
    const sending = gates.map((g) => g.run());
    const nemesis = new Nemesis({
      machine,
      proxies: this.proxies,
      recorder,
      random: this.dice(),
      faults: this.o.faults,
    });
    await Promise.race([nemesis.run(this.o.seconds * 1000), Promise.all([...others, ...sending])]);
    // Quiet: the whole plan again, and everything that was ever meant is said until it is heard.
    for (const p of this.proxies) p.bad = false;
    for (const s of seats) s.ending = true;
    await Promise.all(others);
    await this.putWholePlan();
    for (const g of gates) g.ending = true;
    await Promise.all(sending);
    return nemesis;
  }

  private async putWholePlan(): Promise<void> {
    const seat = this.person('planner at the end', this.direct);
    const op = this.recorder.operate('planner at the end', 'plan', '?');
    const answer = await seat.ask('PUT', seat.path('plan'), JSON.stringify(this.plan), 'application/geo+json');
    if (answer.status !== 200) throw new Error(`plan at the end: ${answer.status} ${answer.text}`);
    op.key = String((JSON.parse(answer.text) as { version: number }).version);
    this.recorder.end(op, 'ok');
    seat.wire.end();
  }

  // What may still be under way ends with this life; what is there now is there.
  async finish(): Promise<void> {
    const { machine } = this;
    for (const p of this.proxies) p.end();
    await machine.kill();
    await machine.start();
    const seat = this.person('auditor', this.direct);
    const state = await readAll<State>(seat, 'state');
    const journal = await wholeJournal(seat);
    const flow = await readAll<FlowView>(seat, 'flow');
    const conflicts = await readAll<Conflicts>(seat, 'conflicts');
    seat.wire.end();
    const code = await machine.stop();
    if (code !== 0) machine.died.push(`the clean stop ended with ${code}:\n${machine.log.slice(-4000)}`);
    await machine.start();
    const again = countersOf(await readAll<State>(seat, 'state'));
    seat.wire.end();
    await machine.stop();
    const lanesNow = (state.checkpoints as unknown as { id: string; lane: { id: string; open: boolean }[] }[]).flatMap(
      (c) => c.lane.map((l) => ({ checkpoint: c.id, lane: Number(l.id), open: l.open })),
    );
    this.recorder.history.final = {
      journal,
      counters: countersOf(state),
      again,
      flow,
      conflicts,
      lanes: lanesNow,
      devices: state.devices.map(({ id, missing, conflicts: c }) => ({ id, missing, conflicts: c })),
    };
  }
}

export function checkAll(h: History, faults: FaultName[]): Verdict[] {
  const allowed = faults.flatMap((f) => REFUSALS[f] ?? []);
  return [
    checkSet(h),
    checkRegister(h),
    checkBank(h, WAYS),
    checkBounds(h, ['way-in']),
    checkRevisions(h),
    checkLedger(h, WAYS),
    checkGaps(h),
    checkPast(h),
    checkOperators(h),
    checkAnswers(h, allowed),
  ];
}

function tell(h: History, nemesis: Nemesis | undefined, cuts: number): void {
  const by = new Map<string, Record<string, number>>();
  let lines = 0,
    heard = 0;
  for (const op of h.ops) {
    const row = by.get(op.f) ?? {};
    row[op.phase] = (row[op.phase] ?? 0) + 1;
    by.set(op.f, row);
    if (op.f === 'send') lines += op.lines.length;
    if (op.f === 'listen') heard += op.heard.length;
  }
  for (const [f, row] of by)
    console.log(
      `  ${f.padEnd(9)} ${Object.entries(row)
        .map(([k, n]) => `${n} ${k}`)
        .join(', ')}`,
    );
  const reasons = new Map<string, number>();
  for (const op of h.ops) if (op.code !== '') reasons.set(op.code, (reasons.get(op.code) ?? 0) + 1);
  console.log(`  reasons   ${[...reasons].map(([k, n]) => `${n} ${k}`).join(', ')}`);
  console.log(`  ${lines} lines sent, ${heard} messages heard, ${h.final?.journal.length ?? 0} records in the journal`);
  console.log(`  faults    ${[...(nemesis?.done ?? [])].map(([k, n]) => `${n} ${k}`).join(', ')}, ${cuts} lines cut`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '30' },
      seed: { type: 'string' },
      nemesis: { type: 'string', default: FAULTS.join(',') },
    },
  });
  const wanted = values.nemesis.split(',').filter((f) => f !== '');
  for (const f of wanted)
    if (!(FAULTS as readonly string[]).includes(f)) throw new Error(`no nemesis "${f}": ${FAULTS.join(', ')}`);
  const no = impossible(wanted as FaultName[]);
  for (const [f, why] of no) console.log(`SKIPPED: histories without ${f}: ${why}`);
  const o: Options = {
    seconds: Number(values.seconds),
    seed: Number(values.seed ?? Date.now() % 1e9),
    faults: (wanted as FaultName[]).filter((f) => !no.has(f)),
  };
  const world = new World(o);
  console.log(`seed ${o.seed}, ${o.seconds} s, ${world.machine.tls ? 'TLS' : 'plain'}, faults ${o.faults.join(',')}`);
  let nemesis: Nemesis | undefined,
    verdicts: Verdict[] = [];
  const broken: string[] = [];
  try {
    await world.begin();
    nemesis = await world.live();
    await world.finish();
  } catch (e) {
    broken.push(
      `it did not come to its end: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}\n${world.machine.log.slice(-3000)}`,
    );
  } finally {
    world.machine.end();
    for (const p of world.proxies) p.end();
  }
  const h = world.recorder.history;
  tell(
    h,
    nemesis,
    world.proxies.reduce((s, p) => s + p.cuts, 0),
  );
  if (h.final !== null) verdicts = checkAll(h, o.faults);
  // A checker that saw nothing has shown nothing.
  for (const v of verdicts) if (v.checked === 0) v.wrong.push(`${v.name}: it had nothing to check`);
  for (const f of o.faults)
    if (nemesis !== undefined && !nemesis.done.has(f)) broken.push(`the fault "${f}" was never made`);
  verdicts.push({ name: 'alive', checked: h.lives.length, wrong: [...world.machine.died, ...broken] });
  for (const v of verdicts)
    console.log(`  ${v.wrong.length === 0 ? 'ok    ' : 'WRONG '} ${v.name.padEnd(9)} ${v.checked} checked`);
  const wrong = verdicts.flatMap((v) => v.wrong);
  for (const w of wrong) console.log(w);
  if (wrong.length > 0) {
    console.log(`the history: ${world.recorder.save(path.join(root, 'build/histories'), wrong)}`);
    console.log(`again: tests/histories/run --seed ${o.seed} --seconds ${o.seconds} --nemesis ${o.faults.join(',')}`);
  }
  const failed = verdicts.filter((v) => v.wrong.length > 0).length;
  console.log(`${verdicts.length - failed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}

await main();
