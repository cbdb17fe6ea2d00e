// `cordon verify` at real data folders: what is whole is called whole, what is not is named, and nothing is changed by looking.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, statSync } from 'node:fs';
import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { makeSnapshotLie, sessionFile, snapshotsOf, turnByte } from './damage.ts';
import { openSession, passage, post, Server, there, type Audit } from './lib.ts';

interface Finding { code: string; record: number; reason: string; suggestion: string }
interface Session {
  id: string; whole: boolean; records: number; passages: number; records_lost: number; snapshots: number; findings: Finding[];
}
interface Report {
  catalog: { whole: boolean; documents: number; lines: number; changes_lost: number | null };
  audit: { whole: boolean; lines: number; first_bad?: number };
  sessions: Session[]; whole: boolean;
}

const server = new Server({ mqtt: false });
let good = ''; // a folder that is whole; each test damages a copy

function run(data: string, args: string[] = [], { zh = false, input = '' } = {}): { status: number; out: string; err: string } {
  const LANG = zh ? 'zh_CN.UTF-8' : 'C.UTF-8';
  const told = spawnSync(server.binary, ['verify', '--data', data, ...args],
    { encoding: 'utf8', input, env: { ...process.env, LANG, LC_ALL: LANG } });
  return { status: told.status ?? -1, out: told.stdout, err: told.stderr };
}

function look(data: string, expected: number): Report {
  const told = run(data, ['--json']);
  assert.equal(told.status, expected, told.out + told.err);
  return JSON.parse(told.out) as Report;
}

let copies = 0;
function copyOf(folder: string): string {
  const copy = path.join(server.top, `copy-${++copies}`);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

const session = (report: Report, id = 'night'): Session => there(report.sessions.find((s) => s.id === id), id);

before(async () => {
  server.account('boss', 'administrator');
  for (let life = 0; life < 2; life++) {
    await server.start();
    await server.signIn('boss');
    if (life === 0) for (const id of ['night', 'other']) await openSession(server, 'boss', id);
    for (let i = 0; i < 20; i++) {
      const lines = [0, 1, 2, 3, 4].map((k) => passage('G1-1', life * 1000 + i * 5 + k + 1));
      assert.equal((await post(server, 'boss', 'night', lines)).json.accepted, 5);
    }
    assert.equal(await server.kill('SIGTERM'), 0, server.log);
  }
  good = path.join(server.top, 'good');
  cpSync(server.data, good, { recursive: true });
});
after(() => server.end());

test('a folder that is whole is called whole, line by line, in both languages', () => {
  const en = run(good);
  assert.equal(en.status, 0, en.out + en.err);
  assert.match(en.out, /^night +whole +\d+ records, 200 passages, 20\S+ \.\. 20\S+, 2 snapshots$/m);
  assert.match(en.out, /^catalog +whole/m);
  assert.match(en.out, /^audit chain +whole +[1-9]/m);
  assert.match(en.out, /All is whole\.\n$/);
  const zh = run(good, [], { zh: true });
  assert.equal(zh.status, 0);
  assert.match(zh.out, /^night +完整/m);
  assert.match(zh.out, /全部完整。\n$/);
});

test('looking changes nothing that is kept', () => {
  const copy = copyOf(good);
  const hash = (): string => ['cordon.db', 'cordon.end', 'sessions/night/journal.db', 'sessions/night/journal.end',
    ...snapshotsOf(copy, 'night').map((name) => `sessions/night/${name}`)]
    .map((name) => createHash('sha256').update(readFileSync(path.join(copy, name))).digest('hex')).join();
  const was = hash();
  look(copy, 0);
  assert.equal(hash(), was);
});

test('a copy taken without lock, reserve and keys can be looked at; no folder at all cannot', () => {
  const copy = copyOf(good);
  for (const name of ['lock', 'reserve', 'tls']) rmSync(path.join(copy, name), { recursive: true, force: true });
  look(copy, 0);
  assert.throws(() => statSync(path.join(copy, 'reserve')));
  const none = run(path.join(server.top, 'nothing'));
  assert.equal(none.status, 2);
  assert.throws(() => statSync(path.join(server.top, 'nothing')));
  const empty = path.join(server.top, 'empty');
  mkdirSync(empty);
  assert.equal(run(empty).status, 2);
});

test('after a kill -9 the log that lies beside the journal is read, and left there', async () => {
  await server.start();
  await server.signIn('boss');
  assert.equal((await post(server, 'boss', 'other', [passage('G1-1', 1), passage('G1-1', 2)])).json.accepted, 2);
  await server.kill('SIGKILL');
  const copy = copyOf(server.data);
  const log = sessionFile(copy, 'other', 'journal.db-wal');
  const size = statSync(log).size;
  assert.ok(size > 0);
  for (let i = 0; i < 2; i++) assert.equal(session(look(copy, 0), 'other').passages, 2);
  assert.equal(statSync(log).size, size);
});

test('while a server runs it says who has the folder', async () => {
  await server.start();
  const told = run(server.data);
  assert.equal(told.status, 2);
  assert.match(told.err, new RegExp(`process ${server.pid}\\b`));
  await server.kill('SIGTERM');
});

test('a turned byte anywhere in a journal is never called whole', () => {
  const size = statSync(sessionFile(good, 'night', 'journal.db')).size;
  let seen = 0;
  for (let at = 8192 + 700; at < size; at += 4096) { // within what the batches fill
    const copy = copyOf(good);
    turnByte(sessionFile(copy, 'night', 'journal.db'), at);
    const told = run(copy, ['--json']);
    if (told.status !== 0) seen++;
    else assert.equal(session(JSON.parse(told.out) as Report).passages, 200, `byte ${at}`); // a byte that holds nothing
    rmSync(copy, { recursive: true });
  }
  assert.ok(seen > 0);
});

test('a damaged snapshot and one that lies are told apart; the sessions beside them are whole', () => {
  const copy = copyOf(good);
  const [older, newer] = snapshotsOf(copy, 'night');
  turnByte(sessionFile(copy, 'night', there(older)), 300);
  makeSnapshotLie(sessionFile(copy, 'night', there(newer)));
  const report = look(copy, 1);
  assert.deepEqual(session(report).findings.map((f) => f.code).sort(), ['snapshot_damaged', 'snapshot_differs']);
  assert.equal(session(report).passages, 200);
  assert.ok(session(report, 'other').whole);
  const words = run(copy, ['--session', 'night']);
  assert.match(words.out, /The snapshot of record [\d,]+ is not what the journal gives/);
  assert.match(words.out, /Remove the \.snapshot files/);
});

test('a lost end is found, accepted only by name, and written down', async () => {
  const copy = copyOf(good);
  const journal = sessionFile(copy, 'night', 'journal.db');
  // The journal of an earlier day under today's witness: what a careless copy leaves.
  await server.start();
  await server.signIn('boss');
  assert.equal((await post(server, 'boss', 'night', [passage('G1-2', 1), passage('G1-2', 2)])).json.accepted, 2);
  await server.kill('SIGTERM');
  cpSync(sessionFile(server.data, 'night', 'journal.end'), sessionFile(copy, 'night', 'journal.end'));
  const report = session(look(copy, 1));
  assert.deepEqual(report.findings.map((f) => f.code), ['end_lost']);
  assert.equal(report.passages, 200);
  assert.ok(report.records_lost >= 2);

  const size = statSync(journal).size;
  const unsure = run(copy, ['--accept-loss', 'night'], { input: 'nacht\n' });
  assert.equal(unsure.status, 1, unsure.out + unsure.err);
  assert.equal(session(look(copy, 1)).records_lost, report.records_lost);
  assert.equal(statSync(journal).size, size);
  const none = run(copy, ['--accept-loss', 'other', '--yes']);
  assert.equal(none.status, 0);
  assert.match(none.out, /not lost; nothing was changed/);
  const done = run(copy, ['--accept-loss', 'night'], { input: 'night\n' });
  assert.equal(done.status, 0, done.out + done.err);
  assert.ok(session(look(copy, 0)).whole);

  const again = new Server({ mqtt: false });
  again.data = copy;
  try {
    await again.start();
    await again.signIn('boss');
    assert.equal((await again.state('boss', 'night')).books.passages, 200);
    const audit = (await again.request<Audit>('GET', '/api/v1/audit?count=100', { as: 'boss' })).json;
    assert.ok(audit.intact);
    assert.ok(audit.entries.some((e) => e.what === 'journal-accept-loss' && e.object === 'night'));
    await again.kill('SIGTERM');
  } finally {
    again.end();
  }
});

test('a last batch that fails its check is let go by name, and the damaged file kept', async () => {
  const copy = copyOf(good);
  const journal = sessionFile(copy, 'night', 'journal.db');
  const folder = path.dirname(journal);
  let cut = 0;
  for (let at = readFileSync(journal).length - 1; cut === 0 && at > 0; at -= 64) { // from the end: the last batch lies high
    turnByte(journal, at);
    const found = session(look(copy, run(copy, ['--json']).status));
    if (found.findings.some((f) => f.code === 'journal_damaged') && run(copy, ['--accept-loss', 'night'], { input: 'no\n' }).err
      .includes('Not confirmed')) cut = at;
    else turnByte(journal, at);
  }
  assert.ok(cut > 0, 'no byte of the last batch was found');
  const done = run(copy, ['--accept-loss', 'night', '--yes']);
  assert.equal(done.status, 0, done.out + done.err);
  const after = session(look(copy, 0));
  assert.ok(after.whole && after.passages > 150 && after.passages <= 200);
  const kept = readdirSync(folder);
  assert.equal(kept.filter((name) => /^journal\.(db|end)\.\d{20}\.aside$/.test(name)).length, 2);
  assert.ok(kept.some((name) => name.endsWith('.snapshot.bad')), 'a snapshot knew of what was let go');
});

test('a witness of which nothing can be read is found, and let go by name', async () => {
  const copy = copyOf(good);
  const end = sessionFile(copy, 'night', 'journal.end');
  for (const at of [10, 4096 + 10]) turnByte(end, at);
  const report = session(look(copy, 1));
  assert.deepEqual(report.findings.map((f) => f.code), ['witness_damaged']);
  assert.match(run(copy).out, /nobody can tell whether record \d+ is the last/);
  assert.match(run(copy, [], { zh: true }).out, /无法判断第 \d+ 条/);
  const done = run(copy, ['--accept-loss', 'night'], { input: 'night\n' });
  assert.equal(done.status, 0, done.out + done.err);
  assert.match(done.out, /the witness is damaged/);
  assert.ok(session(look(copy, 0)).whole);
});

test('a catalog that lost its end is found, refused, accepted only by name, and written down', async () => {
  const copy = copyOf(good);
  // The catalog of an earlier day under today's witness: what a careless copy leaves.
  await server.start();
  await server.signIn('boss');
  await server.kill('SIGTERM');
  cpSync(path.join(server.data, 'cordon.end'), path.join(copy, 'cordon.end'));
  const report = look(copy, 1);
  assert.equal(report.catalog.whole, false);
  assert.ok(there(report.catalog.changes_lost) >= 1);
  assert.ok(session(report).whole, 'the sessions are whole');
  assert.match(run(copy).out, /Its end is lost: at least \d+ changes/);
  assert.match(run(copy, [], { zh: true }).out, /末尾丢失：至少缺 \d+ 次/);
  const started = spawnSync(server.binary, ['account', 'list', '--data', copy], { encoding: 'utf8' });
  assert.notEqual(started.status, 0);
  assert.match(started.stderr, /are missing; .*--accept-loss cordon\.db/);

  const unsure = run(copy, ['--accept-loss', 'cordon.db'], { input: 'cordon\n' });
  assert.equal(unsure.status, 1, unsure.out + unsure.err);
  assert.equal(look(copy, 1).catalog.changes_lost, report.catalog.changes_lost);
  const done = run(copy, ['--accept-loss', 'cordon.db'], { input: 'cordon.db\n' });
  assert.equal(done.status, 0, done.out + done.err);
  assert.equal(look(copy, 0).catalog.changes_lost, 0);
  const none = run(copy, ['--accept-loss', 'cordon.db', '--yes']);
  assert.equal(none.status, 0);
  assert.match(none.out, /not lost; nothing was changed/);

  const again = new Server({ mqtt: false });
  again.data = copy;
  try {
    await again.start();
    await again.signIn('boss');
    const audit = (await again.request<Audit>('GET', '/api/v1/audit?count=100', { as: 'boss' })).json;
    assert.ok(audit.intact);
    assert.ok(audit.entries.some((e) => e.what === 'catalog-accept-loss' && e.object === 'cordon.db'));
    await again.kill('SIGTERM');
  } finally {
    again.end();
  }
});

test('a session whose folder is gone, and a folder without an entry, are found', () => {
  const copy = copyOf(good);
  rmSync(path.join(copy, 'sessions/other'), { recursive: true });
  const report = look(copy, 1);
  assert.deepEqual(session(report, 'other').findings.map((f) => f.code), ['journal_missing']);
});

test('a damaged catalog is found', () => {
  const copy = copyOf(good);
  const file = path.join(copy, 'cordon.db');
  const at = readFileSync(file).indexOf('"exercise":');
  assert.ok(at > 0);
  turnByte(file, at + 3);
  const report = look(copy, 1);
  assert.equal(report.catalog.whole, false);
  truncateSync(file, 4096);
  assert.notEqual(run(copy).status, 0);
});

test('a changed line breaks the audit chain', () => {
  const copy = copyOf(good);
  const file = path.join(copy, 'cordon.db');
  const at = readFileSync(file).indexOf('"what":"');
  assert.ok(at > 0);
  turnByte(file, at + 8);
  const report = look(copy, 1);
  assert.equal(report.audit.whole, false);
});

test('a command line that is not understood is said to be one', () => {
  for (const args of [['--yes'], ['--accept-loss', 'night', '--json'], ['more'], ['--session']]) assert.equal(run(good, args).status, 2);
  assert.equal(run(good, ['--session', 'nobody']).status, 2);
});
