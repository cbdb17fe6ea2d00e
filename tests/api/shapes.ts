// What the server answers, as far as the black-box tests look at it; docs/STATE.md and docs/openapi.json say the rest.

export interface Receipt { accepted: number; duplicate: number; rejected: { line: number; code: string; reason: string }[] }

export interface Problem { status: number; code: string; title: string; reason: string; suggestion: string; field?: string }

// What a test reads without saying what it expects: a receipt or a problem.
export type Told = Receipt & Problem & { [member: string]: unknown };

export interface Minute { at: string; in: number; out: number; final: boolean; revision: number }

export interface Zone {
  id: string; ppl: number; low: number; high: number; ledger: number; adjusted: number; at_least: boolean; heard_at: string | null;
  source: string; state: string; recount: { ppl: number; sigma_ppl: number; at: string; by: string } | null;
}

export interface Checkpoint {
  id: string; in: number; out: number; lanes: number; lanes_open: number; capacity_ppl_min: number; devices: number;
  devices_live: number; heard_at: string | null; state: string; minute: Minute | null; revised?: Minute[];
}

export interface Device {
  id: string; checkpoint: string; state: string; heard_at: string | null; event_at: string | null; boot: number; seq: number;
  missing: number; missing_since: string | null; duplicates: number; conflicts: number; late: number; resets: number;
}

export interface Books { sum: number; passages: number; duplicates: number; conflicts: number; rejected: number; late: number }

export interface State {
  type: 'state'; session: string; seq: number; records: number; at: string; exercise: boolean; speed: number; closed: boolean;
  plan_version: number; books: Books; zones: Zone[]; checkpoints: Checkpoint[]; devices: Device[];
  inside: { ppl: number; low: number; high: number; at_least: boolean };
}

// What comes over the WebSocket: a state, or what of it changed.
export type Message = Pick<State, 'session' | 'seq' | 'at'> & Partial<Omit<State, 'type'>> & { type: 'state' | 'delta' | 'beat' };

export interface SessionInfo {
  id: string; doors: string; start: string; end: string; exercise: boolean; speed: number; closed: boolean; now: string;
  plan_version: number;
}

export interface AuditEntry { seq: number; at: string; who: string; address: string; what: string; object: string;
  detail?: { count?: number; code?: string; failures?: number } }
export interface Audit { entries: AuditEntry[]; intact: boolean }

export interface Row { kind: string; [member: string]: unknown }
export interface Journal { records: Row[] }

export interface Plan {
  type: 'FeatureCollection';
  cordon: {
    plan: number; name: { zh: string; en: string }; coordinates: string; timetable: { doors: string; start: string; end: string };
    expected_ppl: number; approved_ppl: number;
  };
  features: { type: 'Feature'; properties: { id: string; kind: string; [member: string]: unknown };
    geometry: { type: string; coordinates: unknown } }[];
}
