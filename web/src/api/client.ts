// Requests to the server this page came from. Every refusal is a Problem: what happened and what to do, in the page's language.

import type { BaseDocument, PlanDocument } from './plan';
import type { Account, DeviceToken, Flow, Me, Role, SessionInfo, State } from './state';

export interface ProblemBody {
  status?: number;
  title?: string;
  code?: string;
  reason?: string;
  suggestion?: string;
  field?: string;
  detail?: string;
}

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly suggestion: string;
  readonly field: string;
  readonly detail: string;

  constructor(status: number, body: ProblemBody) {
    super(body.reason ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? (status === 0 ? 'net' : `http.${status}`);
    this.reason = body.reason ?? body.title ?? '';
    this.suggestion = body.suggestion ?? '';
    this.field = body.field ?? '';
    this.detail = body.detail ?? '';
  }
}

let language = 'zh-CN';
let onSignedOut: ((why: Problem) => void) | null = null;

export function speakLanguage(tag: string): void {
  language = tag;
}

// The server's clock, by the last answer that told it; this computer's may be wrong.
let ahead_ms = 0;
export const serverNow_ms = (): number => Date.now() + ahead_ms;
let served_ms = 0;
export const sinceServed_ms = (): number => serverNow_ms() - served_ms; // since it last gave what was asked for

function noteClock(response: Response): void {
  const told = Date.parse(response.headers.get('Date') ?? '');
  if (!Number.isNaN(told)) ahead_ms = told + 500 - Date.now(); // it tells whole seconds
  if (response.ok) served_ms = serverNow_ms();
}

// Called when a request finds that nobody is signed in any more.
export function whenSignedOut(then: (why: Problem) => void): void {
  onSignedOut = then;
}

async function problemOf(response: Response): Promise<Problem> {
  let body: ProblemBody = {};
  try {
    body = (await response.json()) as ProblemBody;
  } catch {
    body = {};
  }
  return new Problem(response.status, body);
}

async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method, headers: { 'Accept-Language': language }, credentials: 'same-origin' };
  if (body !== undefined) {
    init.headers = { ...init.headers, 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  if (signal) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, { code: 'net' });
  }
  noteClock(response);
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.code === 'account.sign_in' || problem.code === 'account.sign_in_over') onSignedOut?.(problem);
    throw problem;
  }
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

const root = '/api/v1';
const of = (session: string): string => `${root}/sessions/${encodeURIComponent(session)}`;

export type TroubleName = 'disk_full' | 'journal_refuses' | 'session_left_out' | 'snapshot_wrong' | 'journal_damaged';

export interface Trouble {
  trouble: TroubleName;
  session: string | null; // null: all of them
  since: string;
  code: string;
  record?: number;
}

export interface MqttCounts {
  connections: number;
  refused: number;
  publishes: number;
  accepted: number;
  duplicate: number;
  rejected: number;
  dropped: number;
  failed: number;
}

export interface Health {
  ok: boolean;
  version: string;
  writable: boolean;
  // What follows is for those who are signed in.
  sessions?: number;
  connections?: number;
  sockets?: number;
  committed?: number;
  checks_waiting?: number;
  trouble_count?: number;
  troubles?: Trouble[];
  mqtt?: MqttCounts | null;
}

export interface Told {
  at: string;
  checkpoint: string;
  in?: number;
  out?: number;
  in_total?: number;
  out_total?: number;
  recorded_at: string;
}

export interface Conflict extends Told {
  device: string;
  boot: number;
  seq: number;
  first: Told | null; // null: it lies too far back to be looked up
}

export interface Conflicts {
  count: number;
  conflicts: Conflict[];
}

export interface AuditEntry {
  number: number;
  at: string;
  who: string;
  what: string;
  object?: string;
  detail?: Record<string, unknown>;
}

export interface Audit {
  intact?: boolean;
  ok?: boolean;
  entries?: AuditEntry[];
}

export const api = {
  signIn: (name: string, password: string) => ask<Me>('POST', `${root}/sign-in`, { name, password }),
  signOut: () => ask<void>('POST', `${root}/sign-out`),
  me: () => ask<Me>('GET', `${root}/me`),
  changePassword: (old: string, fresh: string) => ask<void>('POST', `${root}/me/password`, { old, new: fresh }),
  sessions: () => ask<SessionInfo[]>('GET', `${root}/sessions`),
  plan: (id: string) => ask<PlanDocument>('GET', `${of(id)}/plan`),
  base: (id: string) => ask<BaseDocument>('GET', `${of(id)}/base`),
  state: (id: string, at?: string, signal?: AbortSignal) =>
    ask<State>('GET', `${of(id)}/state${at ? `?at=${encodeURIComponent(at)}` : ''}`, undefined, signal),
  flow: (id: string, at?: string, signal?: AbortSignal) =>
    ask<Flow>('GET', `${of(id)}/flow${at ? `?at=${encodeURIComponent(at)}` : ''}`, undefined, signal),
  conflicts: (id: string) => ask<Conflicts>('GET', `${of(id)}/conflicts`),
  health: () => ask<Health>('GET', `${root}/health`),
  setLanes: (id: string, checkpoint: string, lanes: Record<string, boolean>) =>
    ask<unknown>('POST', `${of(id)}/lanes`, { checkpoint, lanes }),
  recount: (id: string, zone: string, ppl: number, sigma_ppl: number, reason: string) =>
    ask<unknown>('POST', `${of(id)}/recounts`, { zone, ppl, sigma_ppl, reason }),
  accounts: () => ask<Account[]>('GET', `${root}/accounts`),
  newAccount: (name: string, role: Role, password: string) => ask<unknown>('POST', `${root}/accounts`, { name, role, password }),
  changeAccount: (name: string, change: { role?: Role; disabled?: boolean; password?: string }) =>
    ask<unknown>('PUT', `${root}/accounts/${encodeURIComponent(name)}`, change),
  tokens: () => ask<DeviceToken[]>('GET', `${root}/device-tokens`),
  newToken: (session: string, devices: string[], note: string) =>
    ask<{ id?: string; secret?: string; token?: string }>('POST', `${root}/device-tokens`, { session, devices, note }),
  endToken: (id: string) => ask<void>('DELETE', `${root}/device-tokens/${encodeURIComponent(id)}`),
  audit: () => ask<Audit | AuditEntry[]>('GET', `${root}/audit?count=200`),
};
