// One fault at a time on the way of a request, and what must hold after it.
import { tail } from './bench.ts';
import type { Bench, Outcome } from './bench.ts';
import { RENEWED } from './cases.ts';
import type { Ask, Case } from './cases.ts';
import { DISK, explain } from './gauge.ts';
import type { Aim, Fault } from './gauge.ts';
import type { Attempt, Way } from './ways.ts';

// What came of one part: how often it failed, how many calls it met that could have, whether nothing was left to fail.
export interface Tried { faults: number; met: number; complete: boolean }
export interface Tally { faults: number; done: number; refused: number; closed: number; restarts: number }

// What has been injected, by kind, and what came of it.
export class Tallies {
  readonly of = new Map<string, Tally>();

  row(fault: Fault): Tally {
    const key = fault.kind;
    let t = this.of.get(key);
    if (t === undefined) this.of.set(key, t = { faults: 0, done: 0, refused: 0, closed: 0, restarts: 0 });
    return t;
  }

  add(fault: Fault, outcome: Outcome): void {
    const t = this.row(fault);
    t.faults++;
    if (outcome.is !== 'answered') t.closed++;
    else if (outcome.status < 300) t.done++;
    else t.refused++;
  }

  get faults(): number { return [...this.of.values()].reduce((sum, t) => sum + t.faults, 0); }
}

const isGood = (outcome: Outcome, more: number[] = []): boolean =>
  outcome.is === 'answered' && (outcome.status < 300 || more.includes(outcome.status));
const told = (outcome: Outcome): string =>
  outcome.is === 'answered' ? `${outcome.status} ${outcome.code || outcome.text.slice(0, 150)}` : outcome.is;

export class Turns {
  private met = 0;

  constructor(readonly bench: Bench, readonly tallies: Tallies, readonly end: number) {}

  // True: it lives. Else that is noted, and it is started again.
  private async lives(name: string, fault: Fault | undefined): Promise<boolean> {
    // A sanitiser that ends the program takes a moment to say why.
    if (this.bench.lives) return true;
    await this.bench.server.exited;
    this.bench.find(fault, `${name}: the server is dead:\n${tail(this.bench.server.log)}`);
    await this.bench.again(fault);
    return false;
  }

  // A journal or catalog that a failed write closed until the next start. A lack of memory must never do that.
  private async startAgain(fault: Fault): Promise<void> {
    if (!this.bench.diskFailed) this.bench.find(fault, 'a lack of memory is taken for a broken disk');
    this.tallies.row(fault).restarts++;
    await this.bench.again(fault);
  }

  // The same request once more, with nothing failing: done, or refused until a restart by a disk that once failed.
  private async sendAgain(fault: Fault, ask: Ask): Promise<void> {
    const { bench } = this;
    let second = await bench.ask(ask);
    bench.doubtful = (ask.seqs ?? []).map((seq) => `G1-1 ${seq}`);
    if (second.is === 'answered' && second.code === 'store.write') {
      await this.startAgain(fault);
      second = await bench.ask({ ...ask, ...(ask.renewed?.() ?? {}) });
    }
    ask.settled?.();
    if (!isGood(second, ask.again)) bench.find(fault, `${ask.method} ${ask.where} again, with nothing failing: ${told(second)}`);
    else if (ask.seqs !== undefined && second.is === 'answered') {
      const receipt = JSON.parse(second.text) as { accepted: number; duplicate: number };
      if (receipt.accepted + receipt.duplicate !== ask.seqs.length) bench.find(fault, `sent again: ${told(second)}`);
      for (const seq of ask.seqs) bench.counted.add(`G1-1 ${seq}`);
    }
    bench.doubtful = [];
  }

  // False: no fault is left on this way.
  private async turn(name: string, make: Case, number: number, aim: Aim): Promise<boolean> {
    const { bench } = this, ask = await make(bench, number);
    bench.gauge.aim(aim);
    const outcome = await bench.ask(ask), fault = bench.gauge.rest();
    this.met += bench.gauge.met;
    if (!await this.lives(name, fault)) return true;
    if (fault === undefined) {
      if (!isGood(outcome)) bench.find(fault, `${name} with no fault: ${told(outcome)}`);
      for (const seq of ask.seqs ?? []) bench.counted.add(`G1-1 ${seq}`);
      ask.settled?.();
      return false;
    }
    bench.diskFailed ||= DISK.includes(fault.kind);
    this.tallies.add(fault, outcome);
    if (process.env['FAULTS_TALK']) console.log(new Date().toISOString().slice(14, 23), told(outcome), explain(fault, bench.server.binary));
    const wrong = bench.judge(outcome);
    if (wrong !== undefined) bench.find(fault, `${name}: ${wrong}`);
    await this.sendAgain(fault, ask);
    if (await this.lives(`${name}, again`, fault)) await bench.books(fault);
    if (bench.diskFailed && await bench.refuses()) await this.startAgain(fault);
    return true;
  }

  async route(name: string, make: Case, aim: Aim): Promise<Tried> {
    let faults = 0, still = 0;
    for (let number = 0; still < 2 && (number === 0 || Date.now() < this.end); number++) {
      if (number > 0 && number % (RENEWED[name] ?? Infinity) === 0) await this.bench.renew();
      if (await this.turn(name, make, number, aim)) { faults++; still = 0; } else still++;
    }
    await this.leaks(name);
    return { faults, met: this.met, complete: still >= 2 };
  }

  private count(attempt: Attempt): void { for (const seq of attempt.seqs) this.bench.counted.add(seq); }

  private async wayTurn(name: string, way: Way, aim: Aim): Promise<boolean> {
    const { bench } = this;
    bench.gauge.aim(aim);
    const first = await way(bench), fault = bench.gauge.rest();
    this.met += bench.gauge.met;
    if (!await this.lives(name, fault)) return true;
    if (fault === undefined) {
      if (!isGood(first.outcome)) bench.find(fault, `${name} with no fault: ${told(first.outcome)}`);
      this.count(first);
      return false;
    }
    bench.diskFailed ||= DISK.includes(fault.kind);
    this.tallies.add(fault, first.outcome);
    const wrong = bench.judge(first.outcome);
    if (wrong !== undefined) bench.find(fault, `${name}: ${wrong}`);
    let second = await way(bench, first);
    const refused = second.outcome.is === 'answered' && second.outcome.code === 'store.write';
    if (!isGood(second.outcome) && (refused || await bench.refuses())) {
      bench.doubtful = first.seqs;
      await this.startAgain(fault);
      bench.doubtful = [];
      second = await way(bench, first);
    }
    if (!isGood(second.outcome)) bench.find(fault, `${name} again, with nothing failing: ${told(second.outcome)}`);
    this.count(second);
    if (await this.lives(`${name}, again`, fault)) await bench.books(fault);
    if (bench.diskFailed && await bench.refuses()) await this.startAgain(fault);
    return true;
  }

  async way(name: string, way: Way, aim: Aim): Promise<Tried> {
    let faults = 0, still = 0;
    for (let number = 0; still < 2 && (number === 0 || Date.now() < this.end); number++) {
      if (await this.wayTurn(name, way, aim)) { faults++; still = 0; } else still++;
    }
    await this.leaks(name);
    return { faults, met: this.met, complete: still >= 2 };
  }

  private async leaks(name: string): Promise<void> {
    if (await this.bench.gauge.leaks()) this.bench.find(undefined, `${name}: memory is lost:\n${tail(this.bench.server.log)}`);
  }
}
