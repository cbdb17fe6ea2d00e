// Real input: a day of a metro, 80 places, 1.2 million in and as many out, expanded into single passages and played
// through the public API. Every place's and every ten minutes' sums equal the file's, also when a fifth is sent twice,
// shuffled within ten minutes, and the server is killed.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { PASSWORD, Server, release, shared, type State } from './lib.ts';

const file = path.join(shared, 'data/counts/metro_2019-01-18.csv');
const skip = existsSync(file) ? false : `SKIPPED: no counts at ${path.relative('.', file)}`;
if (skip) console.log(skip);

function drive(server: Server, session: string,
  more: string[]): { child: ChildProcess; ended: Promise<{ code: number | null; text: string }> } {
  const password = path.join(server.top, 'password');
  writeFileSync(password, `${PASSWORD}\n`, { mode: 0o600 });
  const child = spawn(release, ['drive', '--url', server.url, '--user', 'boss', '--password-file', password,
    '--session', session, '--counts', file,
    '--date', '2019-01-18', '--open', '--at', '2019-01-19T00:20:00+08:00', '--fast', '--verify', '--quiet', '--clients', '4', ...more],
  { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (d: Buffer) => { text += d.toString(); });
  child.stderr.on('data', (d: Buffer) => { text += d.toString(); });
  const ended = (once(child, 'exit') as Promise<[number | null]>).then(([code]) => ({ code, text }));
  return { child, ended };
}
const passages = async (server: Server, session: string): Promise<number> =>
  (await server.request<Partial<State>>('GET', `/api/v1/sessions/${session}/state`, { as: 'boss' })).jsonIfAny?.books?.passages ?? 0;

test('a day of the metro: every ten-minute sum equals the file', { skip, timeout: 900000 }, async (t) => {
  const server = await new Server({ binary: release, mqtt: false }).account('boss', 'administrator').start();
  t.after(() => server.end());
  const { code, text } = await drive(server, 'day', []).ended;
  assert.equal(code, 0, text + server.log);
  assert.match(text, /: 0 differences/);
  t.diagnostic(text.trim());
  await server.stop();
});

test('a fifth sent twice, shuffled within ten minutes, the server killed five times: the same sums',
  { skip, timeout: 900000 }, async (t) => {
  const server = await new Server({ binary: release, mqtt: false }).account('boss', 'administrator').start();
  t.after(() => server.end());
  await server.signIn('boss');
  const { child, ended } = drive(server, 'day', ['--faults', 'duplicate=0.2,shuffle=600', '--patience', '120']);
  let kills = 0;
  for (let mark = 300000; mark <= 1900000; mark += 400000) {
    // Not by the clock: when so many passages have been booked.
    while (child.exitCode === null && (await passages(server, 'day')) < mark);
    if (child.exitCode !== null) break;
    await server.kill('SIGKILL');
    kills++;
    await server.start();
  }
  const { code, text } = await ended;
  assert.equal(code, 0, text + server.log);
  assert.match(text, /: 0 differences/);
  assert.ok(kills >= 3, `only ${kills} kills`);
  t.diagnostic(`${kills} kills; ${text.trim()}`);
  await server.stop();
});
