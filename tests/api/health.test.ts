// What is wrong is said: to anybody that it is, to the signed-in what, since when and what to do.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { makeSnapshotLie, sessionFile, snapshotsOf, turnByte } from './damage.ts';
import { openSession, passage, post, Server, there } from './lib.ts';

interface Trouble {
  trouble: string; session: string | null; since: string; code: string; reason: string; suggestion: string; record?: number;
}
interface Health {
  ok: boolean; version: string; writable: boolean;
  sessions?: number; connections?: number; committed?: number; checks_waiting?: number;
  trouble_count?: number; troubles?: Trouble[]; mqtt?: { connections: number; refused: number; dropped: number; failed: number } | null;
}

const PUBLIC = ['ok', 'version', 'writable'];
const server = new Server();

const health = async (as?: string, headers = {}): Promise<Health> => {
  const answer = await server.request<Health>('GET', '/api/v1/health', { as, headers });
  assert.equal(answer.status, 200);
  return answer.json;
};

// Asks until the answer is as it should be; a limit, so that a failing test ends.
async function until(what: string, is: (h: Health) => boolean, limit_s = 60): Promise<Health> {
  for (const end = Date.now() + limit_s * 1000; ;) {
    const h = await health('boss');
    if (is(h)) return h;
    if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(h)}`);
    await wait(100);
  }
}

const trouble = (h: Health, name: string): Trouble => there(h.troubles?.find((x) => x.trouble === name), name);

async function startAndSignIn(): Promise<void> {
  await server.start();
  await server.signIn('boss');
}

before(async () => {
  server.account('boss', 'administrator').account('looker', 'viewer');
  await startAndSignIn();
  await server.signIn('looker');
  for (const id of ['night', 'other']) {
    await openSession(server, 'boss', id);
    for (let i = 0; i < 30; i++) await post(server, 'boss', id, [passage('G1-1', i + 1), passage('G2-1', i + 1)]);
  }
});
after(() => server.end());

test('anybody hears whether it is well, and no more', async () => {
  const h = await health();
  assert.deepEqual(Object.keys(h).sort(), PUBLIC);
  assert.deepEqual([h.ok, h.writable], [true, true]);
  assert.deepEqual(Object.keys(await health(undefined, { Cookie: 'cordon=nonsense' })).sort(), PUBLIC);
  const device = await server.token('boss', 'night');
  assert.deepEqual(Object.keys(await health(undefined, { Authorization: `Bearer ${device.token}` })).sort(), PUBLIC);
});

test('whoever is signed in hears the figures and that nothing is wrong', async () => {
  for (const as of ['boss', 'looker']) {
    const h = await health(as);
    assert.deepEqual([h.ok, h.sessions, h.trouble_count, h.troubles], [true, 2, 0, []]);
    assert.ok((h.committed ?? 0) >= 120);
    assert.equal(h.mqtt?.failed, 0);
  }
});

test('a disk without room is told, and that it has room again', async () => {
  await server.kill('SIGTERM');
  const reserve = path.join(server.data, 'reserve');
  rmSync(reserve);
  mkdirSync(reserve); // no reserve can be made, as on a full disk
  await startAndSignIn();
  const h = await until('the full disk', (x) => x.trouble_count === 1);
  const full = trouble(h, 'disk_full');
  assert.deepEqual([full.session, full.code, h.ok, h.writable], [null, 'store.full', false, true]);
  assert.ok(Math.abs(Date.now() - Date.parse(full.since)) < 60000);
  assert.equal((await health()).ok, false);
  rmdirSync(reserve);
  await until('room again', (x) => x.trouble_count === 0 && x.ok);
});

test('a journal that takes nothing is told, though another one goes on', async () => {
  // A file may not grow beyond what it is: the write of one journal fails like that of a broken disk.
  const size = Math.max(...readdirSync(path.join(server.data, 'sessions/night')).map((name) =>
    Number(execFileSync('stat', ['-c', '%s', sessionFile(server.data, 'night', name)], { encoding: 'utf8' }))));
  execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${size}:unlimited`]);
  let refused = 0;
  for (let i = 0; refused === 0 && i < 4000; i++) {
    const lines = Array.from({ length: 50 }, (_, k) => passage('G1-2', 1000 + i * 50 + k));
    const answer = await post(server, 'boss', 'night', lines);
    if (answer.status !== 200) refused = answer.status;
  }
  assert.equal(refused, 503);
  execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=unlimited']);
  const refuses = trouble(await until('the refusal', (x) => x.writable === false), 'journal_refuses');
  assert.deepEqual([refuses.session, refuses.code], ['night', 'store.write']);
  assert.ok(refuses.suggestion.length > 5);
  assert.equal((await post(server, 'boss', 'other', [passage('G1-1', 500)])).status, 200);
  const h = await health('boss'); // the other's success hides nothing
  assert.deepEqual([h.ok, h.writable, h.trouble_count], [false, false, 1]);
  const zh = await server.request<Health>('GET', '/api/v1/health', { as: 'boss', headers: { 'Accept-Language': 'zh-CN' } });
  assert.match(trouble(zh.json, 'journal_refuses').reason, /\p{Script=Han}/u);
  await server.kill('SIGTERM');
  await startAndSignIn();
  assert.equal((await health('boss')).writable, true);
});

test('a snapshot that lies is believed at the start, found out within the minute, and not believed again', async () => {
  await server.kill('SIGTERM');
  const newest = there(snapshotsOf(server.data, 'other').at(-1));
  makeSnapshotLie(sessionFile(server.data, 'other', newest));
  await startAndSignIn();
  assert.equal((await server.state('boss', 'other')).books.rejected, 7);
  const h = await until('the check', (x) => (x.trouble_count ?? 0) > 0);
  const wrong = trouble(h, 'snapshot_wrong');
  assert.deepEqual([wrong.session, wrong.record, h.ok, h.writable], ['other', Number(newest.split('.')[0]), false, true]);
  assert.deepEqual(snapshotsOf(server.data, 'other'), []);
  await until('the other session to be checked', (x) => x.checks_waiting === 0);
  await server.kill('SIGTERM');
  assert.deepEqual(snapshotsOf(server.data, 'other'), []); // the wrong fold was not saved again
  await startAndSignIn();
  assert.equal((await server.state('boss', 'other')).books.rejected, 0);
  assert.equal((await health('boss')).ok, true);
});

test('a session that is left out at the start is told', async () => {
  await server.kill('SIGTERM');
  for (const name of snapshotsOf(server.data, 'night')) rmSync(sessionFile(server.data, 'night', name));
  turnByte(sessionFile(server.data, 'night', 'journal.db'), 8192 + 700);
  await startAndSignIn();
  const h = await health('boss');
  const left = trouble(h, 'session_left_out');
  assert.deepEqual([left.session, left.code, h.sessions, h.ok], ['night', 'store.corrupt', 1, false]);
});

test('a conflict is told with what came first', async () => {
  const first = passage('G2-2', 9, { in: 2 });
  const later = passage('G2-2', 9, { in: 3, at: new Date(Date.now() - 5000).toISOString() });
  await post(server, 'boss', 'other', first);
  assert.equal((await post(server, 'boss', 'other', later)).json.rejected[0]?.code, 'passage.conflict');
  interface Told { in: number; at: string; recorded_at: string }
  interface Conflicts { count: number; conflicts: (Told & { device: string; seq: number; first: Told | null })[] }
  const { count, conflicts } = (await server.request<Conflicts>('GET', '/api/v1/sessions/other/conflicts', { as: 'boss' })).json;
  assert.equal(count, 1);
  const one = there(conflicts[0]);
  assert.deepEqual([one.device, one.seq, one.in, one.first?.in], ['G2-2', 9, 3, 2]);
  assert.equal(Date.parse(there(one.first).at), Date.parse((JSON.parse(first) as Told).at));
});
