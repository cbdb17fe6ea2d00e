// A session from opening to the next start: plan, lanes, recounts, history, restart.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { Server, openSession, passage, post, smallPlan, there, type Plan, type SessionInfo, type State, type Token } from './lib.ts';

let server: Server, as: Token;
before(async () => {
  server = await new Server().account('boss', 'administrator').account('op', 'operator').start();
  await server.signIn('boss');
  await server.signIn('op');
});
after(async () => { await server.stop(); });
const get = async <T = State>(where: string): Promise<T> =>
  (await server.request<T>('GET', `/api/v1/sessions/${where}`, { as: 'boss' })).json;
const named = <T extends { id: string }>(list: T[], id: string): T => there(list.find((x) => x.id === id), id);

test('a plan that fails its check is refused with its findings, and nothing is opened', async () => {
  const plan = smallPlan();
  there(plan.features.find((f) => f.properties.id === 'gate-1')).properties.to = 'nowhere';
  const answer = await server.request('POST', '/api/v1/sessions', { as: 'boss', body: { id: 'bad', plan } });
  assert.equal(answer.status, 422, answer.text);
  assert.equal(answer.json.code, 'session.plan');
  assert.ok(answer.text.includes('gate-1'));
  assert.equal((await server.request('GET', '/api/v1/sessions/bad', { as: 'boss' })).status, 404);
});

test('an opened session is listed, has its plan in WGS 84 and its measures with rule and source', async () => {
  await openSession(server, 'boss', 'day');
  as = await server.token('boss', 'day');
  const list = (await server.request<SessionInfo[]>('GET', '/api/v1/sessions', { as: 'boss' })).json;
  const own = named(list, 'day');
  assert.equal(own.closed, false);
  const plan = await get<Plan>('day/plan');
  for (const f of plan.features) assert.ok(Math.abs(Number(/-?[\d.]+/.exec(JSON.stringify(f.geometry.coordinates))?.[0])) <= 180);
  const measures = await get<Record<string, { ppl: number; source: string; rule: string }>>('day/measures');
  for (const k of ['holding', 'entry', 'exit', 'evacuation']) {
    const m = there(measures[k], k);
    assert.ok(m.ppl > 0 && m.source && m.rule, k);
  }
});

test('its id is taken once', async () => {
  const answer = await server.request('POST', '/api/v1/sessions', { as: 'boss', body: { id: 'day', plan: smallPlan() } });
  assert.equal(answer.status, 409);
});

test('an operator opens a lane, and the capacity follows', async () => {
  const before_ = named((await get('day/state')).checkpoints, 'gate-1');
  assert.deepEqual([before_.lanes, before_.lanes_open, before_.capacity_ppl_min], [2, 1, 11]);
  const answer = await server.request('POST', '/api/v1/sessions/day/lanes',
    { as: 'op', body: { checkpoint: 'gate-1', lanes: { 2: true } } });
  assert.equal(answer.status, 200, answer.text);
  const now = named((await get('day/state')).checkpoints, 'gate-1');
  assert.deepEqual([now.lanes_open, now.capacity_ppl_min], [2, 22]);
});

test('a recount is weighed: the books stay, the estimate moves part of the way', async () => {
  await post(server, as, 'day', Array.from({ length: 100 }, (_, i) => passage('G1-1', i + 1, { in: 10 })));
  const answer = await server.request('POST', '/api/v1/sessions/day/recounts', { as: 'op',
    body: { zone: 'hall', ppl: 1050, sigma_ppl: 20, reason: 'counted from the roof' } });
  assert.equal(answer.status, 200, answer.text);
  const hall = named((await get('day/state')).zones, 'hall');
  assert.equal(hall.ledger, 1000);
  assert.ok(hall.ppl > 1000 && hall.ppl < 1050, `${hall.ppl}`);
  assert.ok(hall.low <= hall.ppl && hall.ppl <= hall.high);
  assert.equal(hall.recount?.ppl, 1050);
});

test('any past moment is answered as it was known then', async () => {
  const then = await get('day/state');
  await post(server, as, 'day', passage('G2-1', 1, { in: 500 }));
  const now = await get('day/state');
  assert.equal(named(now.checkpoints, 'gate-2').in, 500);
  const past = await get(`day/state?at=${encodeURIComponent(then.at)}`);
  assert.equal(named(past.checkpoints, 'gate-2').in, 0);
  assert.deepEqual(past.zones.map((z) => z.ledger), then.zones.map((z) => z.ledger));
});

test('a moment that cannot be asked for is refused in words', async () => {
  for (const at of ['soon', '2036-01-01T00:00:00Z']) {
    const answer = await server.request('GET', `/api/v1/sessions/day/state?at=${encodeURIComponent(at)}`, { as: 'boss' });
    assert.equal(answer.status, 400, answer.text);
    assert.ok(answer.json.suggestion);
  }
});

test('after a clean stop and a new start everything is as it was', async () => {
  const before_ = await get('day/state');
  assert.equal(await server.kill('SIGTERM'), 0, server.log);
  await server.start();
  const now = await get('day/state'); // the cookie still holds
  const lasting = (s: State): unknown => ({ zones: s.zones.map((z) => [z.id, z.ledger, z.ppl, z.adjusted, z.recount]),
    gates: s.checkpoints.map((c) => [c.id, c.in, c.out, c.lanes_open]), books: s.books, records: s.records > 0,
    devices: s.devices.map((d) => [d.id, d.seq, d.boot, d.missing, d.duplicates]) });
  assert.deepEqual(lasting(now), lasting(before_));
});

test('a second server on the same data says so and does not start', async () => {
  const other = new Server({ mqtt: false });
  other.data = server.data;
  await assert.rejects(other.start(), /store\.locked|Another cordon|using this data/i);
});

test('a new plan is put in force; what it drops is kept in the books', async () => {
  const plan = smallPlan({ gates: 3 });
  plan.features = plan.features.filter((f) => f.properties.id !== 'gate-2');
  const answer = await server.request('PUT', '/api/v1/sessions/day/plan', { as: 'boss', type: 'application/geo+json', body: plan });
  assert.equal(answer.status, 200, answer.text);
  const state = await get('day/state');
  assert.equal(state.books.sum, 0);
  assert.equal(named(state.zones, 'hall').ledger, 1500);
  assert.ok(state.checkpoints.some((c) => c.id === 'gate-3'));
  const { json } = await post(server, as, 'day', [passage('G3-1', 1), passage('G2-1', 2)]);
  assert.equal(json.accepted, 1);
  assert.equal(json.rejected[0]?.code, 'passage.unknown_device');
});

test('the empty venue is the exact zero', async () => {
  const answer = await server.request('POST', '/api/v1/sessions/day/empty', { as: 'op', body: { reason: 'swept at midnight' } });
  assert.equal(answer.status, 200, answer.text);
  const state = await get('day/state');
  assert.equal(state.inside.ppl, 0);
  assert.equal(state.books.sum, 0);
});

test('a closed session takes nothing more, and can still be read', async () => {
  const answer = await server.request('POST', '/api/v1/sessions/day/close', { as: 'op', body: { reason: 'over' } });
  assert.equal(answer.status, 200, answer.text);
  assert.equal((await post(server, as, 'day', passage('G1-1', 999))).json.code, 'session.closed');
  assert.equal((await get('day/state')).closed, true);
});

test('an exercise has its own, faster clock and says that it is one', async () => {
  await openSession(server, 'boss', 'drill', { exercise: { speed: 1000, at: '2026-05-01T18:00:00+08:00' } });
  const a = await get<SessionInfo>('drill');
  let b: SessionInfo;
  do { b = await get<SessionInfo>('drill'); } while (Date.parse(b.now) - Date.parse(a.now) < 1000);
  assert.equal(b.exercise, true);
  assert.equal(b.speed, 1000);
  assert.equal((await get('drill/state')).exercise, true);
});
