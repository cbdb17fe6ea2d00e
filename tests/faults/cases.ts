// What is asked of the server while something fails: every route of the table by its name, so that none is forgotten.
import { PASSWORD, passage, smallPlan } from '../api/lib.ts';
import type { As, Server } from '../api/lib.ts';

export interface Ask {
  method: string;
  where: string;
  as?: As;
  body?: unknown;
  type?: string;
  again?: number[];   // what else the same request may be told when it is sent again: it may have been done
  settled?: () => void; // it has been done
  renewed?: () => Partial<Ask>; // after a restart
  seqs?: number[];    // passages of session night that it carries
}

// What the requests speak of; made before the first fault.
// Routes that leave something in the server for good: a new one is taken after so many turns.
export const RENEWED: Record<string, number> = { 'POST /api/v1/sessions': 60, 'POST /api/v1/sessions/{id}/close': 60 };
export const forget = (): void => { words.sort(); open = ''; };

export interface Scene { server: Server; token: As; base: unknown }
export type Case = (scene: Scene, turn: number) => Promise<Ask> | Ask;

const night = '/api/v1/sessions/night';
const get = (where: string, as: As = 'boss'): Case => () => ({ method: 'GET', where, as });
let seq = 0;

function passages(count: number): { lines: string; seqs: number[] } {
  const seqs = Array.from({ length: count }, () => ++seq);
  return { seqs, lines: `${seqs.map((s) => passage('G1-1', s)).join('\n')}\n` };
}

// Ends what the last turn opened, so that there is always room for one more.
const fresh = async ({ server }: Scene, id: string): Promise<void> => {
  const answer = await server.request('POST', '/api/v1/sessions', { as: 'boss', body: { id, plan: smallPlan() } });
  if (answer.status >= 300) throw new Error(`a session to close: ${answer.status} ${answer.text}`);
};
interface Rehearsal { id: string; state: string; result: boolean }
const rehearsalsOf = async (server: Scene['server']): Promise<Rehearsal[]> =>
  (await server.request<Rehearsal[]>('GET', `${night}/rehearsals`, { as: 'boss' })).json;
// Not before they are over: what is deleted while it runs is forgotten a moment later, in the midst of another turn.
const clearRehearsals = async (server: Scene['server']): Promise<void> => {
  for (const limit = Date.now() + 60000; Date.now() < limit;) {
    const open = (await rehearsalsOf(server)).filter((r) => r.state === 'waiting' || r.state === 'running');
    if (open.length === 0) break;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  for (const { id } of await rehearsalsOf(server)) await server.request('DELETE', `${night}/rehearsals/${id}`, { as: 'boss' });
};
// The number of one that is there; with its result, if asked for.
const oneRehearsal = async (server: Scene['server'], withResult = false): Promise<string> => {
  for (const limit = Date.now() + 60000; Date.now() < limit;) {
    const found = (await rehearsalsOf(server)).find((r) => r.result || !withResult);
    if (found) return found.id;
    const open = (await rehearsalsOf(server)).some((r) => r.state === 'waiting' || r.state === 'running');
    if (!open) await server.request('POST', `${night}/rehearsals`, { as: 'boss', body: { replications: 1 } });
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  throw new Error('no rehearsal came to its end');
};
let made = 0, toClose = 0, open = '';
const words = [PASSWORD, `${PASSWORD}-too`];

export const CASES: Record<string, Case> = {
  'GET /api/v1/health': () => ({ method: 'GET', where: '/api/v1/health' }),
  'GET /api/v1/openapi.json': () => ({ method: 'GET', where: '/api/v1/openapi.json' }),
  'POST /api/v1/sign-in': () => ({ method: 'POST', where: '/api/v1/sign-in', body: { name: 'changed', password: PASSWORD } }),
  'POST /api/v1/sign-out': async ({ server }) => {
    const me = await server.request('GET', '/api/v1/me', { as: 'out' });
    if (me.status !== 200) await server.signIn('out');
    return { method: 'POST', where: '/api/v1/sign-out', as: 'out', again: [401] };
  },
  'GET /api/v1/me': get('/api/v1/me'),
  'POST /api/v1/me/password': async ({ server }) => {
    const me = await server.request('GET', '/api/v1/me', { as: 'pat' });
    if (me.status !== 200) await server.signIn('pat', words[0]);
    // Done at once or, as its being wrong the second time says, done without an answer: the words change places.
    return { method: 'POST', where: '/api/v1/me/password', as: 'pat', body: { old: words[0], new: words[1] }, again: [401],
      settled: () => { words.reverse(); } };
  },
  'GET /api/v1/sessions': get('/api/v1/sessions'),
  'POST /api/v1/sessions': () => ({ method: 'POST', where: '/api/v1/sessions', as: 'boss', body: { id: `new-${++made}`, plan: smallPlan(),
    exercise: { speed: 30, at: new Date(Date.now() - 1800e3).toISOString() } }, again: [409] }),
  'GET /api/v1/sessions/{id}': get(night),
  'POST /api/v1/sessions/{id}/close': async (scene) => {
    const was = open === '' ? undefined : await scene.server.request('GET', `/api/v1/sessions/${open}`, { as: 'boss' });
    if (was?.json['closed'] !== false) await fresh(scene, open = `close-${++toClose}`);
    return { method: 'POST', where: `/api/v1/sessions/${open}/close`, as: 'boss', body: { reason: 'over' }, again: [409] };
  },
  'GET /api/v1/sessions/{id}/plan': get(`${night}/plan`),
  // Now and then one with gates that the session has never seen.
  'PUT /api/v1/sessions/{id}/plan': (_, turn) => ({ method: 'PUT', where: '/api/v1/sessions/side/plan', as: 'boss',
    type: 'application/geo+json', body: smallPlan({ gates: 2 + Math.min(turn, 60) }) }),
  'GET /api/v1/sessions/{id}/base': get('/api/v1/sessions/side/base'),
  'PUT /api/v1/sessions/{id}/base': ({ base }) =>
    ({ method: 'PUT', where: '/api/v1/sessions/side/base', as: 'boss', body: base, type: 'application/geo+json' }),
  'GET /api/v1/sessions/{id}/measures': get(`${night}/measures`),
  'POST /api/v1/plan/check': () => ({ method: 'POST', where: '/api/v1/plan/check', as: 'boss', body: smallPlan(),
    type: 'application/geo+json' }),
  'POST /api/v1/sessions/{id}/passages': ({ token }) => {
    const { lines, seqs } = passages(3);
    return { method: 'POST', where: `${night}/passages`, as: token, body: lines, type: 'application/x-ndjson', seqs };
  },
  'POST /api/v1/sessions/{id}/passages/csv': ({ token }) => {
    const seqs = [++seq, ++seq], at = new Date(Date.now() - 1000).toISOString();
    return { method: 'POST', where: `${night}/passages/csv?columns=device:0,boot:1,seq:2,at:3,in:4,out:5`, as: token,
    type: 'text/csv', seqs,
      body: `${seqs.map((s) => `G1-1,1,${s},${at},1,0\n`).join('')}` };
  },
  'POST /api/v1/sessions/{id}/recounts': () => ({ method: 'POST', where: '/api/v1/sessions/side/recounts', as: 'boss',
    body: { zone: 'hall', ppl: 10, sigma_ppl: 2, reason: 'counted' } }),
  'POST /api/v1/sessions/{id}/empty': () => ({ method: 'POST', where: '/api/v1/sessions/side/empty', as: 'boss',
    body: { reason: 'swept' } }),
  'POST /api/v1/sessions/{id}/lanes': (_, turn) => ({ method: 'POST', where: '/api/v1/sessions/side/lanes', as: 'boss',
    body: { checkpoint: 'gate-1', lanes: { 2: turn % 2 === 0 } } }),
  'GET /api/v1/sessions/{id}/state': (_, turn) => ({ method: 'GET', as: 'boss',
    where: `${night}/state${turn % 2 === 0 ? '' : `?at=${encodeURIComponent(new Date(Date.now() - 10).toISOString())}`}` }),
  'GET /api/v1/sessions/{id}/flow': get(`${night}/flow?checkpoint=gate-1`),
  'GET /api/v1/sessions/{id}/conflicts': get(`${night}/conflicts`),
  'GET /api/v1/sessions/{id}/journal': get(`${night}/journal?from=1&count=50`),
  'GET /api/v1/sessions/{id}/rehearsals': get(`${night}/rehearsals`),
  // One that ends at once in its own process; what the last turns left goes, so that there is room for it.
  'POST /api/v1/sessions/{id}/rehearsals': async ({ server }) => {
    await clearRehearsals(server);
    return { method: 'POST', where: `${night}/rehearsals`, as: 'boss', body: { replications: 1, phase: 'ingress' } };
  },
  'GET /api/v1/sessions/{id}/rehearsals/{number}': async ({ server }) =>
    ({ method: 'GET', where: `${night}/rehearsals/${await oneRehearsal(server)}`, as: 'boss' }),
  'GET /api/v1/sessions/{id}/rehearsals/{number}/result': async ({ server }) =>
    ({ method: 'GET', where: `${night}/rehearsals/${await oneRehearsal(server, true)}/result`, as: 'boss' }),
  'POST /api/v1/sessions/{id}/rehearsals/{number}/stop': async ({ server }) =>
    ({ method: 'POST', where: `${night}/rehearsals/${await oneRehearsal(server)}/stop`, as: 'boss' }),
  'DELETE /api/v1/sessions/{id}/rehearsals/{number}': async ({ server }) =>
    ({ method: 'DELETE', where: `${night}/rehearsals/${await oneRehearsal(server)}`, as: 'boss', again: [404] }),
  'GET /api/v1/accounts': get('/api/v1/accounts'),
  'POST /api/v1/accounts': () => ({ method: 'POST', where: '/api/v1/accounts', as: 'boss', again: [409],
    body: { name: `new-${++made}`, role: 'viewer', password: PASSWORD } }),
  'PUT /api/v1/accounts/{name}': (_, turn) => ({ method: 'PUT', where: '/api/v1/accounts/changed', as: 'boss',
    body: { role: turn % 2 === 0 ? 'viewer' : 'operator' } }),
  'GET /api/v1/device-tokens': get('/api/v1/device-tokens'),
  'POST /api/v1/device-tokens': () => ({ method: 'POST', where: '/api/v1/device-tokens', as: 'boss',
    body: { session: 'side', devices: ['G2-*'], note: 'fault' } }),
  'DELETE /api/v1/device-tokens/{key}': async ({ server }) => {
    const made = await server.token('boss', 'side');
    return { method: 'DELETE', where: `/api/v1/device-tokens/${made.id}`, as: 'boss', again: [404] };
  },
  'GET /api/v1/audit': get('/api/v1/audit?count=20'),
};
