// The way of a passage, from the socket to the acknowledgement, in the whole program with all its libraries:
// a request of a thousand passages allocates as little as a request of one.
import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Server, openSession, passage, post, release, root, there } from './lib.ts';

test('a request of a thousand passages allocates as little as a request of one', async (t) => {
  const server = new Server({ binary: release, mqtt: false }).account('boss', 'administrator');
  t.after(() => server.end());
  const library = path.join(server.top, 'count_malloc.so'), file = path.join(server.top, 'allocations');
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', library, path.join(root, 'tests/api/count_malloc.c')]);
  server.env = { LD_PRELOAD: library, COUNT_MALLOC: file };
  await server.start();
  await server.signIn('boss');
  await openSession(server, 'boss', 'night');
  const as = await server.token('boss', 'night');
  let seq = 0;
  const send = async (size: number): Promise<void> => {
    const { json } = await post(server, as, 'night', Array.from({ length: size }, () => passage('G1-1', ++seq)));
    assert.equal(json.accepted, size);
  };
  const count = (): number => Number(readFileSync(file).readBigUInt64LE());
  const measure = async (size: number): Promise<number> => {
    const before = count();
    for (let i = 0; i < 200; i++) await send(size);
    return (count() - before) / 200;
  };
  await measure(1000); // warm-up: buffers reach their size
  const rounds: [number, number][] = [];
  for (let i = 0; i < 5; i++) rounds.push([await measure(1), await measure(1000)]);
  const median = (list: number[]): number => there(list.sort((a, b) => a - b)[2]);
  const [one, thousand] = [median(rounds.map((r) => r[0])), median(rounds.map((r) => r[1]))];
  t.diagnostic(`allocations a request: ${one.toFixed(1)} with one passage, ${thousand.toFixed(1)} with a thousand`);
  // What there is belongs to requests, commits and the deltas that are published now and then; a passage's own would be a thousand.
  assert.ok(thousand - one < 25, `${one} and ${thousand} allocations a request`);
  await server.stop();
});
