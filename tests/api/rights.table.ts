// Who may do what, written down by hand: not read from the program, so that a right that changes by mistake is a failing test.
// A route that is not here fails the test too.
import { PASSWORD, smallPlan, type RequestOptions } from './lib.ts';

export type RoleLetter = 'V' | 'O' | 'P' | 'A' | 'D'; // viewer, operator, planner, administrator, device with a token for this session

export interface Asked extends RequestOptions { path: string }
export interface Right {
  route: string;            // as in docs/openapi.json
  who: string;              // letters of those who may; '*' is everybody, signed in or not
  good: number;             // the answer to those who may
  ask: (n: number) => Asked; // a request that succeeds, told apart by a number where it can succeed once only
  foreign?: number;         // to a device of another session; 403 if not said, for those that devices may call at all
  before?: true;            // may be called although the password must be changed
}

const json = (path: string, body: unknown): ((n: number) => Asked) => () => ({ path, body });
const get = (path: string): ((n: number) => Asked) => () => ({ path });
const PLAN = { type: 'application/geo+json' } as const;
const MAP = { type: 'FeatureCollection', features: [] };
const s = '/api/v1/sessions/night';
const line = (n: number, device: string): string =>
  `${JSON.stringify({ device, boot: 100 + n, seq: 1, at: '2026-01-01T00:00:00Z', in: 1, out: 0 })}\n`;

export const rights: Right[] = [
  { route: 'GET /api/v1/health', who: '*', good: 200, ask: get('/api/v1/health') },
  { route: 'GET /api/v1/openapi.json', who: '*', good: 200, ask: get('/api/v1/openapi.json') },
  { route: 'POST /api/v1/sign-in', who: '*', good: 200,
    ask: () => ({ path: '/api/v1/sign-in', body: { name: 'viewer', password: PASSWORD } }) },
  { route: 'POST /api/v1/sign-out', who: 'VOPA', good: 204, before: true, ask: () => ({ path: '/api/v1/sign-out' }) },
  { route: 'GET /api/v1/me', who: 'VOPA', good: 200, before: true, ask: get('/api/v1/me') },
  { route: 'POST /api/v1/me/password', who: 'VOPA', good: 422, before: true,
    ask: json('/api/v1/me/password', { old: 'x', new: 'short' }) },

  { route: 'GET /api/v1/sessions', who: 'VOPAD', good: 200, foreign: 200, ask: get('/api/v1/sessions') },
  { route: 'POST /api/v1/sessions', who: 'PA', good: 201,
    ask: (n) => ({ path: '/api/v1/sessions', body: { id: `new-${n}`, plan: smallPlan() } }) },
  { route: 'GET /api/v1/sessions/{id}', who: 'VOPAD', good: 200, ask: get(s) },
  { route: 'POST /api/v1/sessions/{id}/close', who: 'OA', good: 200,
    ask: (n) => ({ path: `/api/v1/sessions/to-close-${n}/close`, body: { reason: 'over' } }) },
  { route: 'GET /api/v1/sessions/{id}/plan', who: 'VOPA', good: 200, ask: get(`${s}/plan`) },
  { route: 'PUT /api/v1/sessions/{id}/plan', who: 'PA', good: 200,
    ask: (n) => ({ path: `${s}/plan`, body: smallPlan({ gates: 2 + n }), ...PLAN }) },
  { route: 'GET /api/v1/sessions/{id}/base', who: 'VOPA', good: 200, ask: get(`${s}/base`) },
  { route: 'PUT /api/v1/sessions/{id}/base', who: 'PA', good: 204, ask: () => ({ path: `${s}/base`, body: MAP, ...PLAN }) },
  { route: 'GET /api/v1/sessions/{id}/measures', who: 'VOPA', good: 200, ask: get(`${s}/measures`) },
  { route: 'POST /api/v1/plan/check', who: 'VOPA', good: 200, ask: () => ({ path: '/api/v1/plan/check', body: smallPlan(), ...PLAN }) },

  { route: 'POST /api/v1/sessions/{id}/passages', who: 'OAD', good: 200,
    ask: (n) => ({ path: `${s}/passages`, body: line(n, 'G1-1'), type: 'application/x-ndjson' }) },
  { route: 'POST /api/v1/sessions/{id}/passages/csv', who: 'OAD', good: 200,
    ask: (n) => ({ path: `${s}/passages/csv`, type: 'text/csv',
      body: `device,boot,seq,at,in,out\nG1-2,${100 + n},1,2026-01-01T00:00:00Z,1,0\n` }) },
  { route: 'POST /api/v1/sessions/{id}/recounts', who: 'OA', good: 200,
    ask: json(`${s}/recounts`, { zone: 'hall', ppl: 5, sigma_ppl: 1, reason: 'seen' }) },
  { route: 'POST /api/v1/sessions/{id}/empty', who: 'OA', good: 200, ask: json(`${s}/empty`, { reason: 'seen' }) },
  { route: 'POST /api/v1/sessions/{id}/lanes', who: 'OA', good: 200,
    ask: json(`${s}/lanes`, { checkpoint: 'gate-1', lanes: { 2: true } }) },
  { route: 'GET /api/v1/sessions/{id}/state', who: 'VOPA', good: 200, ask: get(`${s}/state`) },
  { route: 'GET /api/v1/sessions/{id}/flow', who: 'VOPA', good: 200, ask: get(`${s}/flow`) },
  { route: 'GET /api/v1/sessions/{id}/live', who: 'VOPA', good: 101, ask: () => ({ path: `${s}/live`,
    headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } }) },
  { route: 'GET /api/v1/sessions/{id}/conflicts', who: 'OA', good: 200, ask: get(`${s}/conflicts`) },
  { route: 'GET /api/v1/sessions/{id}/journal', who: 'A', good: 200, ask: get(`${s}/journal`) },

  { route: 'GET /api/v1/sessions/{id}/rehearsals', who: 'VOPA', good: 200, ask: get(`${s}/rehearsals`) },
  { route: 'POST /api/v1/sessions/{id}/rehearsals', who: 'OPA', good: 400, // a level that there is not: nothing is started
    ask: json(`${s}/rehearsals`, { level: 'nano' }) },
  { route: 'GET /api/v1/sessions/{id}/rehearsals/{number}', who: 'VOPA', good: 404, ask: get(`${s}/rehearsals/7`) },
  { route: 'GET /api/v1/sessions/{id}/rehearsals/{number}/result', who: 'VOPA', good: 404, ask: get(`${s}/rehearsals/7/result`) },
  { route: 'POST /api/v1/sessions/{id}/rehearsals/{number}/stop', who: 'OPA', good: 404, ask: () => ({ path: `${s}/rehearsals/7/stop` }) },
  { route: 'DELETE /api/v1/sessions/{id}/rehearsals/{number}', who: 'OPA', good: 404, ask: () => ({ path: `${s}/rehearsals/7` }) },

  { route: 'GET /api/v1/accounts', who: 'A', good: 200, ask: get('/api/v1/accounts') },
  { route: 'POST /api/v1/accounts', who: 'A', good: 201,
    ask: (n) => ({ path: '/api/v1/accounts', body: { name: `made-${n}`, role: 'viewer', password: 'long enough 1' } }) },
  { route: 'PUT /api/v1/accounts/{name}', who: 'A', good: 200, ask: json('/api/v1/accounts/target', { role: 'operator' }) },
  { route: 'GET /api/v1/device-tokens', who: 'A', good: 200, ask: get('/api/v1/device-tokens') },
  { route: 'POST /api/v1/device-tokens', who: 'A', good: 201,
    ask: json('/api/v1/device-tokens', { session: 'night', devices: ['Z-*'], note: 'made by the table' }) },
  { route: 'DELETE /api/v1/device-tokens/{key}', who: 'A', good: 204, ask: (n) => ({ path: `/api/v1/device-tokens/{token-${n}}` }) },
  { route: 'GET /api/v1/audit', who: 'A', good: 200, ask: get('/api/v1/audit') },
];
