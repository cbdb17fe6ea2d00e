// Rehearsals over the API: a process each, with progress, a clean stop, and a result that stays; what goes wrong there stays there.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { Server, openSession, passage, post, smallPlan, there, type Audit, type Problem, type Token } from './lib.ts';

interface Rehearsal {
  id: string; state: string; by: string; plan_version: number | null; level: string; phase: string; done: number; of: number;
  compares: boolean; find_lanes: boolean; result: boolean; ended: string | null;
  problem: (Problem & { feature?: string; detail?: string }) | null;
}
interface Figure { figure: string; subject_kind: string; subject: string | null; mean: number | null; runs: number }
interface Result { rehearsal: number; runs: number; stopped?: boolean; figures: Figure[]; against?: { figures: Figure[] } }

const where = '/api/v1/sessions/day/rehearsals';
const LONG = { replications: 1000, arrivals_ppl: 200000 }; // minutes of work, whatever the machine
let server: Server, device: Token;
before(async () => {
  server = await new Server().account('plan', 'planner').account('op', 'operator').account('boss', 'administrator').start();
  for (const name of ['plan', 'op', 'boss']) await server.signIn(name);
  await openSession(server, 'boss', 'day');
  device = await server.token('boss', 'day');
});
after(async () => { await server.stop(); });

const ask = (body: unknown, as = 'plan') => server.request<Rehearsal & Problem>('POST', where, { as, body });
const look = async (id: string): Promise<Rehearsal> => (await server.request<Rehearsal>('GET', `${where}/${id}`, { as: 'op' })).json;

// There is nothing to await but the state itself.
async function until(id: string, is: (r: Rehearsal) => boolean): Promise<Rehearsal> {
  for (const limit = Date.now() + 60000; ;) {
    const now = await look(id);
    if (is(now)) return now;
    assert.ok(Date.now() < limit, `rehearsal ${id} is ${now.state}, ${now.done} of ${now.of}\n${server.log}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}
const over = (r: Rehearsal): boolean => r.state !== 'waiting' && r.state !== 'running';

async function asked(body: unknown, as = 'plan'): Promise<string> {
  const answer = await ask(body, as);
  assert.equal(answer.status, 202, answer.text);
  return answer.json.id;
}
async function result(id: string): Promise<Result> {
  const answer = await server.request<Result>('GET', `${where}/${id}/result`, { as: 'op' });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}
const remove = (id: string): Promise<unknown> => server.request('DELETE', `${where}/${id}`, { as: 'plan' });

// The processes that the server has begun and that are still there.
function workers(): number[] {
  const tasks = readdirSync(`/proc/${server.pid}/task`);
  return tasks.flatMap((t) => readFileSync(`/proc/${server.pid}/task/${t}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
}
function lives(pid: number): boolean {
  try { return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')); } catch { return false; }
}

test('the plan in force is rehearsed, and what was found can be fetched', async () => {
  const id = await asked({ replications: 3, seed: 7 });
  const done = await until(id, over);
  assert.equal(done.state, 'done', JSON.stringify(done.problem));
  assert.deepEqual([done.by, done.plan_version, done.level, done.phase, done.result, done.problem],
    ['plan', 1, 'meso', 'ingress', true, null]);
  assert.deepEqual([done.done, done.of], [3, 3]);
  const found = await result(id);
  assert.equal(found.runs, 3);
  const mean = (figure: string): number =>
    there(there(found.figures.find((f) => f.figure === figure && f.subject_kind === 'whole'), figure).mean, figure);
  assert.equal(Math.round(mean('in') + mean('refused')), 800, 'everybody whom the plan expects gets in or is turned away');
  assert.ok(mean('in') > 750, String(mean('in')));
});

test('the same seed gives the same result, in another process at another time', async () => {
  const ids = [await asked({ replications: 2, seed: 9 }), await asked({ replications: 2, seed: 9 })];
  const texts = [];
  for (const id of ids) {
    assert.equal((await until(id, over)).state, 'done');
    texts.push(JSON.stringify((await result(id)).figures));
  }
  assert.equal(texts[0], texts[1]);
});

test('two plans are compared, and lanes are found', async () => {
  const wider = smallPlan({ gates: 4 });
  const compared = await until(await asked({ replications: 2, against: wider }), over);
  assert.equal(compared.state, 'done', JSON.stringify(compared.problem));
  assert.equal(compared.compares, true);
  assert.ok('against' in await result(compared.id), 'the difference is in the result');
  const lanes = await until(await asked({ replications: 2, find_lanes: { wait_p95_s: 300 } }), over);
  assert.equal(lanes.state, 'done', JSON.stringify(lanes.problem));
  assert.equal(lanes.find_lanes, true);
});

test('a setting that is wrong is named, and nothing is queued', async () => {
  const wrong: [string, unknown][] = [['level', { level: 'nano' }], ['replications', { replications: 1.5 }],
    ['arrivals_ppl', { arrivals_ppl: -1 }], ['curve', { curve: [[0, 0.5], [-10, 1]] }], ['changes', { changes: [{ kind: 'lanes' }] }],
    ['colour', { colour: 'red' }], ['plan', { plan: 7 }], ['find_lanes', { find_lanes: {} }],
    ['against', { find_lanes: { staff: 4 }, against: smallPlan() }]];
  const before_ = (await server.request<Rehearsal[]>('GET', where, { as: 'op' })).json.length;
  for (const [field, body] of wrong) {
    const answer = await ask(body);
    assert.deepEqual([answer.status, answer.json.code, answer.json.field], [400, 'rehearse.setting', field], answer.text);
  }
  assert.equal((await server.request<Rehearsal[]>('GET', where, { as: 'op' })).json.length, before_);
});

test('a plan with mistakes fails by itself and names the feature', async () => {
  const plan = smallPlan();
  there(plan.features.find((f) => f.properties.id === 'gate-1')).properties.to = 'nowhere';
  const failed = await until(await asked({ plan }), over);
  assert.deepEqual([failed.state, failed.problem?.code, failed.problem?.feature, failed.result, failed.plan_version],
    ['failed', 'rehearse.plan', 'gate-1', false, null]);
  assert.equal((await server.request('GET', `${where}/${failed.id}/result`, { as: 'op' })).status, 404);
});

test('a change of what is not there is refused, and the change is named', async () => {
  const failed = await until(await asked({ changes: [{ kind: 'block', id: 'no-such-gate' }] }), over);
  assert.deepEqual([failed.state, failed.problem?.code, failed.problem?.field], ['failed', 'rehearse.setting', 'changes[0].id']);
});

test('a long one tells how far it is, stops when asked, and keeps what it has', async () => {
  const id = await asked(LONG);
  await until(id, (r) => r.state === 'running' && r.done >= 1);
  assert.equal((await server.request('POST', `${where}/${id}/stop`, { as: 'op' })).status, 204);
  const stopped = await until(id, over);
  assert.deepEqual([stopped.state, stopped.result], ['stopped', true], JSON.stringify(stopped.problem));
  const found = await result(id);
  assert.ok(found.runs >= 1 && found.runs < 1000, String(found.runs));
  await remove(id);
});

test('two plans meet the same people, and a stop before the second keeps the first', async () => {
  const more = smallPlan();
  more.cordon.expected_ppl = 700;
  const both = await until(await asked({ replications: 2, against: more }), over);
  const told = await result(both.id);
  const all = (list: Figure[]): number => list.filter((f) => f.subject_kind === 'whole' && ['in', 'refused', 'not_in'].includes(f.figure))
    .reduce((sum, f) => sum + (f.mean ?? 0), 0);
  assert.equal(Math.round(all(told.figures)), 800);
  assert.equal(Math.round(all(there(told.against).figures)), 800, 'the people of the first plan come to the second');
  const id = await asked({ ...LONG, against: more });
  await until(id, (r) => r.state === 'running' && r.done >= 1);
  await server.request('POST', `${where}/${id}/stop`, { as: 'op' });
  const stopped = await until(id, over);
  assert.deepEqual([stopped.state, stopped.result, stopped.problem], ['stopped', true, null]);
  assert.ok((await result(id)).runs >= 1);
  await remove(id);
});

test('its process dies: the rehearsal fails and says so, passages go on', async () => {
  const id = await asked(LONG);
  await until(id, (r) => r.state === 'running' && r.done >= 1);
  const [worker, ...others] = workers();
  assert.deepEqual(others, []);
  process.kill(there(worker), 'SIGSEGV');
  const failed = await until(id, over);
  assert.deepEqual([failed.state, failed.problem?.code, failed.result], ['failed', 'rehearse.worker', false]);
  assert.match(failed.problem?.detail ?? '', /signal|exit code/);
  assert.equal((await post(server, device, 'day', [passage('G1-1', 1)])).json.accepted, 1);
  await remove(id);
});

test('one that is deleted while it runs is gone with its process', async () => {
  const id = await asked(LONG);
  await until(id, (r) => r.state === 'running' && r.done >= 1);
  assert.equal((await server.request('DELETE', `${where}/${id}`, { as: 'plan' })).status, 204);
  assert.equal((await server.request('GET', `${where}/${id}`, { as: 'op' })).status, 404);
  for (const limit = Date.now() + 20000; workers().length > 0;) {
    assert.ok(Date.now() < limit, 'its process is still there');
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
});

test('one account may have four open; the fifth is told to wait, another account is not', async () => {
  const ids = [await asked(LONG), await asked(LONG), await asked(LONG), await asked(LONG)];
  const fifth = await ask({ replications: 1 });
  assert.deepEqual([fifth.status, fifth.json.code], [503, 'rehearse.busy']);
  const other = await asked({ replications: 1 }, 'op');
  await server.request('POST', `${where}/${there(ids[3])}/stop`, { as: 'plan' });
  const never = await look(there(ids[3]));
  assert.deepEqual([never.state, never.result], ['stopped', false], 'one that waited has nothing');
  for (const id of ids) await remove(id);
  assert.equal((await until(other, over)).state, 'done');
});

test('what is done outlives a restart; what was running is told as interrupted', async () => {
  const done = await until(await asked({ replications: 2 }), over);
  const text = JSON.stringify(await result(done.id));
  const running = await asked(LONG);
  await until(running, (r) => r.state === 'running' && r.done >= 1);
  const [worker] = workers();
  await server.kill('SIGKILL');
  await server.start();
  for (const name of ['plan', 'op', 'boss']) await server.signIn(name);
  const list = (await server.request<Rehearsal[]>('GET', where, { as: 'op' })).json;
  assert.deepEqual(list.slice(0, 2).map((r) => [r.id, r.state]), [[running, 'interrupted'], [done.id, 'done']], 'newest first');
  assert.equal(JSON.stringify(await result(done.id)), text);
  for (const limit = Date.now() + 20000; lives(there(worker));) {
    assert.ok(Date.now() < limit, 'the process of the life before is still there');
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  const next = await asked({ replications: 1 });
  assert.ok(Number(next) > Number(running), 'numbers are not given twice');
  await until(next, over);
});

test('who asked and who deleted stands in the audit chain', async () => {
  const audit = (await server.request<Audit>('GET', '/api/v1/audit?from=1&count=10000', { as: 'boss' })).json.entries;
  assert.ok(audit.some((e) => e.what === 'rehearsal.asked' && e.who === 'plan' && e.object === 'day/1'));
  assert.ok(audit.some((e) => e.what === 'rehearsal.stopped' && e.who === 'op'));
  assert.ok(audit.some((e) => e.what === 'rehearsal.deleted' && e.who === 'plan'));
});
