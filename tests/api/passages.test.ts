// What a device gets for what it sends.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { Server, openSession, passage, post, there, type Checkpoint, type Device, type Receipt, type State,
  type Token } from './lib.ts';

let server: Server, as: Token;
before(async () => {
  server = await new Server().account('boss', 'administrator').start();
  await server.signIn('boss');
  await openSession(server, 'boss', 'night');
  as = await server.token('boss', 'night');
});
after(async () => { await server.stop(); });

const state = (): Promise<State> => server.state('boss', 'night');
const receipt = ({ accepted, duplicate, rejected }: Receipt): Receipt => ({ accepted, duplicate, rejected });
const gate = async (id: string): Promise<Checkpoint> => there((await state()).checkpoints.find((c) => c.id === id), id);
const deviceOf = async (id: string): Promise<Device> => there((await state()).devices.find((d) => d.id === id), id);

test('a passage is counted once and answered with its number', async () => {
  const { status, json } = await post(server, as, 'night', passage('G1-1', 1, { in: 3 }));
  assert.equal(status, 200);
  assert.deepEqual(receipt(json), { accepted: 1, duplicate: 0, rejected: [] });
  assert.equal((await gate('gate-1')).in, 3);
});

test('sent again it is a duplicate, and counts once', async () => {
  const line = passage('G1-1', 2);
  await post(server, as, 'night', line);
  const { json } = await post(server, as, 'night', [line, line]);
  assert.deepEqual(receipt(json), { accepted: 0, duplicate: 2, rejected: [] });
  assert.equal((await gate('gate-1')).in, 4);
});

test('the same identity with another content is a conflict: refused, kept aside, shown', async () => {
  await post(server, as, 'night', passage('G1-2', 1, { at: '2026-01-01T00:00:00Z' }));
  const { json } = await post(server, as, 'night', passage('G1-2', 1, { in: 7, at: '2026-01-01T00:00:00Z' }));
  assert.equal(json.accepted, 0);
  assert.equal(json.rejected[0]?.code, 'passage.conflict');
  const { json: aside } = await server.request('GET', '/api/v1/sessions/night/conflicts', { as: 'boss' });
  assert.ok(JSON.stringify(aside).includes('G1-2'));
  assert.equal((await deviceOf('G1-2')).conflicts, 1);
});

test('a bad line costs that line only, and is named by number, code and reason', async () => {
  const lines = [passage('G2-1', 1), '{"device":', passage('G9-9', 1),
    passage('G2-1', 2, { checkpoint: 'gate-1' }), passage('G2-1', 3, { in: -1 }),
    passage('G2-1', 4, { at: new Date(Date.now() + 3600e3).toISOString() }),
    passage('G2-1', 5, { at: 'yesterday' }), passage('G2-1', 6, { colour: 1 }),
    'x'.repeat(5000), passage('G2-1', 7, { checkpoint: 'nowhere' }), passage('G2-1', 8)];
  const { status, json } = await post(server, as, 'night', lines);
  assert.equal(status, 200);
  assert.equal(json.accepted, 2);
  const codes = Object.fromEntries(json.rejected.map((r) => [r.line, r.code]));
  assert.deepEqual(codes, { 2: 'passage.syntax', 3: 'passage.unknown_device', 4: 'passage.wrong_checkpoint', 5: 'passage.field',
    6: 'passage.future', 7: 'time.format', 8: 'passage.field', 9: 'passage.syntax', 10: 'passage.unknown_checkpoint' });
  for (const r of json.rejected) assert.ok(r.reason.length > 5, JSON.stringify(r));
  assert.equal((await gate('gate-2')).in, 2);
});

test('the reasons come in Chinese to those who ask for it', async () => {
  const { json } = await server.request('POST', '/api/v1/sessions/night/passages', { as, type: 'application/x-ndjson', body: '{}\n',
    headers: { 'Accept-Language': 'zh-CN,zh;q=0.9' } });
  assert.match(json.rejected[0]?.reason ?? '', /\p{Script=Han}/u);
});

test('an empty body is nothing, and no mistake', async () => {
  const { status, json } = await post(server, as, 'night', '');
  assert.equal(status, 200);
  assert.deepEqual(receipt(json), { accepted: 0, duplicate: 0, rejected: [] });
});

test('the last line needs no newline; CR LF and empty lines are taken', async () => {
  const { json } = await server.request('POST', '/api/v1/sessions/night/passages', { as, type: 'application/x-ndjson',
    body: `${passage('G2-2', 1)}\r\n\r\n\n${passage('G2-2', 2)}` });
  assert.equal(json.accepted, 2);
});

test('a hundred thousand passages in one request are answered when all of them are counted', async () => {
  const lines = Array.from({ length: 100000 }, (_, i) => passage('G2-2', 1000 + i));
  const before_ = (await gate('gate-2')).in;
  const { json } = await post(server, as, 'night', lines);
  assert.equal(json.accepted, 100000);
  assert.equal((await gate('gate-2')).in, before_ + 100000);
  assert.equal((await state()).books.sum, 0);
});

test('the journal, asked for nothing in particular, gives its newest records', async () => {
  type Numbers = { count: number; records: { number: number }[] };
  const journal = async (query: string): Promise<Numbers> =>
    (await server.request<Numbers>('GET', `/api/v1/sessions/night/journal${query}`, { as: 'boss' })).json;
  const { count, records } = await journal('?count=2');
  assert.deepEqual(records.map((r) => r.number), [count - 1, count]);
  assert.deepEqual((await journal('?from=1&count=2')).records.map((r) => r.number), [1, 2]);
});

test('running totals: the first word of a boot counts from zero, a step back adds nothing, a reset starts anew', async () => {
  const total = (seq: number, n: number, boot = 1): string =>
    JSON.stringify({ device: 'W-T', boot, seq,
      at: new Date(Date.now() - 2000).toISOString(), in_total: n, out_total: 0 });
  const read = async (): Promise<number> => (await gate('way-in')).in;
  const start = await read();
  for (const [line, expected, why] of [
    [total(1, 40), 40, 'from zero'], [total(2, 100), 100, 'the difference'],
    [total(3, 97), 100, 'a small step back'],
    [total(4, 103), 103, 'on from the high mark'], [total(5, 4), 107, 'a reset'],
    [total(1, 6, 2), 109, 'a restart that kept its total'],
  ] as const) {
    const { json } = await post(server, as, 'night', line);
    assert.equal(json.accepted, 1, JSON.stringify(json));
    assert.equal((await read()) - start, expected, why);
  }
});

test('gaps in a device\'s numbers are shown, and vanish when the missing come', async () => {
  await post(server, as, 'night', [passage('W-1', 1), passage('W-1', 2), passage('W-1', 6)]);
  const device = (): Promise<Device> => deviceOf('W-1');
  assert.equal((await device()).missing, 3);
  assert.ok((await device()).missing_since);
  await post(server, as, 'night', [passage('W-1', 5), passage('W-1', 3), passage('W-1', 4)]);
  assert.equal((await device()).missing, 0);
});

test('a restarted device begins its numbers again under a new boot', async () => {
  const before_ = (await gate('gate-1')).in;
  const { json } = await post(server, as, 'night', passage('G1-1', 1, { boot: 2 }));
  assert.equal(json.accepted, 1);
  assert.equal((await gate('gate-1')).in, before_ + 1);
});

test('late data land in the minute in which they happened, and a final minute gets a revision', async () => {
  const when = new Date(Date.now() - 30 * 60e3);
  const flow = async (): Promise<{ in: number; final: boolean; revision: number }> => {
    interface Flow { from: string; checkpoints: { id: string; in: number[]; revision: number[]; final_count: number }[] }
    const { json } = await server.request<Flow>('GET', '/api/v1/sessions/night/flow?checkpoint=gate-1', { as: 'boss' });
    const minute = Math.floor((when.getTime() - Date.parse(json.from)) / 60000);
    const c = there(json.checkpoints.find((x) => x.id === 'gate-1'));
    return { in: c.in[minute] ?? 0, final: minute < c.final_count, revision: c.revision[minute] ?? 0 };
  };
  await post(server, as, 'night', [passage('G1-1', 50, { boot: 2 }), passage('G1-2', 50)]); // both have spoken: the past is final
  const before_ = await flow();
  assert.equal(before_.final, true);
  await post(server, as, 'night', passage('G1-1', 51, { boot: 2, at: when.toISOString(), in: 5 }));
  const now = await flow();
  assert.equal(now.in, before_.in + 5);
  assert.equal(now.revision, before_.revision + 1);
});

test('CSV with a column mapping', async () => {
  const csv = 'Device ID,Start,No,Time,Entered,Left\n'
    + 'G2-1,9,1,2026-01-01T10:00:00+08:00,2,0\nG2-1,9,2,2026-01-01T10:01:00+08:00,1,1\nG2-1,9,x,,,\n';
  const { status, json, text } = await server.request('POST',
    '/api/v1/sessions/night/passages/csv?columns=device:Device%20ID,boot:Start,seq:No,at:Time,in:Entered,out:Left',
    { as, type: 'text/csv', body: csv });
  assert.equal(status, 200, text);
  assert.equal(json.accepted, 2);
  assert.equal(json.rejected.length, 1);
  assert.equal(json.rejected[0]?.line, 4);
});

test('a token speaks for its own devices only', async () => {
  const own = await server.token('boss', 'night', ['G1-*']);
  const { json } = await post(server, own, 'night', [passage('G1-1', 90, { boot: 2 }), passage('G2-1', 90)]);
  assert.equal(json.accepted, 1);
  assert.equal(json.rejected[0]?.code, 'passage.not_your_device');
});

test('a session that is not there, a wrong type, no sign-in: problem+json that says what to do', async () => {
  for (const [answer, status, code] of [
    [await post(server, as, 'nowhere', passage('G1-1', 1)), 404, 'session.unknown'],
    [await server.request('POST', '/api/v1/sessions/night/passages', { as, body: '{}' }), 415, 'http.content_type'],
    [await server.request('POST', '/api/v1/sessions/night/passages', { type: 'application/x-ndjson', body: '{}' }), 401,
      'account.sign_in'],
  ] as const) {
    assert.equal(answer.status, status, answer.text);
    assert.match(String(answer.headers['content-type']), /application\/problem\+json/);
    assert.equal(answer.json.code, code);
    assert.ok(answer.json.reason && answer.json.suggestion && answer.json.status === status);
  }
});
