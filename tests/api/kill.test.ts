// kill -9 at random moments under load from four clients: nothing acknowledged is lost, nothing is counted twice, the books stay at zero.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Server, openSession, passage, post, randomBySeed, release, there, type As, type State } from './lib.ts';

const KILLS = Number(process.env.CORDON_KILLS ?? 200);
const seed = Number(process.env.CORDON_SEED ?? Date.now() % 1e9);

// The server, and when it is up again.
interface Evening { server: Server; up: Promise<void> }

// A gate that counts on: sends batches, and sends each again until it is acknowledged.
class Client {
  seq = 0;
  sent = 0;
  acked = 0;
  batches = 0;
  ending = false;
  onAck: (() => void) | undefined;
  private readonly evening: Evening;
  private readonly as: As;
  private readonly device: string;
  private readonly random: () => number;

  constructor(evening: Evening, as: As, device: string, random: () => number) {
    this.evening = evening;
    this.as = as;
    this.device = device;
    this.random = random;
  }

  async run(): Promise<void> {
    while (!this.ending) {
      const size = 1 + Math.floor(this.random() ** 3 * 300);
      const people = Array.from({ length: size }, () => 1 + Math.floor(this.random() * 3));
      const lines = people.map((n) => passage(this.device, ++this.seq, { in: n }));
      const sum = people.reduce((a, b) => a + b, 0);
      this.sent += sum;
      await this.untilAcknowledged(lines, size);
      this.acked += sum;
      this.batches++;
      this.onAck?.();
    }
  }

  private async untilAcknowledged(lines: string[], size: number): Promise<void> {
    for (;;) {
      let answer: Awaited<ReturnType<typeof post>> | undefined;
      try { answer = await post(this.evening.server, this.as, 'night', lines); } catch { answer = undefined; }
      if (answer?.status === 200) {
        assert.equal(answer.json.accepted + answer.json.duplicate, size, answer.text);
        return;
      }
      if (answer && answer.status !== 503) assert.fail(`status ${answer.status}: ${answer.text}`);
      await this.evening.up; // the next start
    }
  }
}

test(`${KILLS} kills at random moments under load from four clients (seed ${seed})`, { timeout: 1200000 }, async (t) => {
  const random = randomBySeed(seed);
  const server = await new Server({ binary: release, mqtt: false }).account('boss', 'administrator').start();
  t.after(() => server.end());
  await server.signIn('boss');
  await openSession(server, 'boss', 'night');
  const as = { token: (await server.token('boss', 'night')).token };
  const evening: Evening = { server, up: Promise.resolve() };
  const clients = ['G1-1', 'G1-2', 'G2-1', 'G2-2'].map((d) => new Client(evening, as, d, random));
  const running = clients.map((c) => c.run());
  const ackedPeople = (): number => clients.reduce((s, c) => s + c.acked, 0);
  const sentPeople = (): number => clients.reduce((s, c) => s + c.sent, 0);
  let killedInFlight = 0;

  for (let kill = 0; kill < KILLS; kill++) {
    // At least one acknowledgement after the last start, then a random while longer: before, within or after a commit.
    await new Promise<void>((resolve) => { clients.forEach((c) => { c.onAck = resolve; }); });
    await new Promise<void>((resolve) => { setTimeout(resolve, random() * 40); });
    let release_ = (): void => {};
    evening.up = new Promise((resolve) => { release_ = resolve; });
    const before = ackedPeople();
    await server.kill('SIGKILL');
    if (sentPeople() > ackedPeople()) killedInFlight++;
    await server.start();
    const { json: state } = await server.request<State>('GET', '/api/v1/sessions/night/state', { as: 'boss' });
    const counted = state.checkpoints.reduce((s, c) => s + c.in, 0);
    assert.equal(state.books.sum, 0);
    assert.ok(counted >= before, `kill ${kill}: ${before} people were acknowledged, ${counted} are there`);
    assert.ok(counted <= sentPeople(), `kill ${kill}: ${sentPeople()} people were ever sent, ${counted} are there`);
    release_();
  }
  clients.forEach((c) => { c.ending = true; });
  await Promise.all(running);

  const { json: state } = await server.request<State>('GET', '/api/v1/sessions/night/state', { as: 'boss' });
  const gate = (id: string): number => there(state.checkpoints.find((c) => c.id === id), id).in;
  const acked = (k: number): number => there(clients[k]).acked;
  assert.equal(gate('gate-1'), acked(0) + acked(1));
  assert.equal(gate('gate-2'), acked(2) + acked(3));
  assert.equal(state.books.sum, 0);
  assert.equal(there(state.zones.find((z) => z.id === 'hall')).ledger, ackedPeople());
  for (const d of state.devices.filter((x) => /^G/.test(x.id))) assert.equal(d.missing, 0, `${d.id} misses ${d.missing}`);
  assert.ok(killedInFlight > KILLS / 4, `only ${killedInFlight} of ${KILLS} kills met a request in flight`);
  t.diagnostic(`${KILLS} kills, ${clients.reduce((s, c) => s + c.batches, 0)} batches, `
    + `${ackedPeople()} people acknowledged and counted once; `
    + `${killedInFlight} kills met requests in flight; ${state.books.duplicates} records were sent again`);
  await server.stop();
});
