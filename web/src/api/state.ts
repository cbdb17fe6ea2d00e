// The live state as docs/STATE.md tells it. Times are RFC 3339 in the plan's offset; null means "not known", never zero.

export type Time = string;
export type Level = 'normal' | 'watch' | 'warning' | 'critical' | 'unknown';
export type CheckpointLevel = Level | 'silent' | 'never';
export type DeviceLevel = 'live' | 'silent' | 'alarm' | 'never';
export type StageName = 'precheck' | 'ticket' | 'security' | 'exit' | 'transfer';

export interface Books {
  sum: number;
  passages: number;
  duplicates: number;
  conflicts: number;
  rejected: number;
  late: number;
}

export interface InsideState {
  ppl: number | null;
  low: number | null;
  high: number | null;
  at_least: boolean;
  heard_at: Time | null;
  source: string;
  devices: number;
  devices_live: number;
  expected_ppl: number | null;
  approved_ppl: number | null;
  in_ppl_min: number | null;
  out_ppl_min: number | null;
}

export interface Recount {
  ppl: number;
  sigma_ppl: number;
  at: Time;
  by: string;
}

export interface ZoneState {
  id: string;
  ppl: number | null;
  low: number | null;
  high: number | null;
  ledger: number;
  adjusted: number;
  at_least: boolean;
  heard_at: Time | null;
  source: string;
  density_ppl_m2: number | null;
  level: string | null;
  state: Level;
  capacity_ppl: number | null;
  in_ppl_min: number | null;
  out_ppl_min: number | null;
  full_at: Time | null;
  recount: Recount | null;
}

export interface LaneState {
  id: string;
  open: boolean;
}

export interface Minute {
  at: Time;
  in: number;
  out: number;
  final: boolean;
  revision: number;
}

export interface CheckpointState {
  id: string;
  in: number;
  out: number;
  in_ppl_min: number | null;
  out_ppl_min: number | null;
  lanes: number;
  lanes_open: number;
  capacity_ppl_min: number | null;
  lane: LaneState[];
  heard_at: Time | null;
  devices: number;
  devices_live: number;
  state: CheckpointLevel;
  minute: Minute | null;
  revised?: Minute[];
}

export interface DeviceState {
  id: string;
  checkpoint: string;
  state: DeviceLevel;
  heard_at: Time | null;
  event_at: Time | null;
  boot: number | null;
  seq: number | null;
  missing: number;
  missing_since: Time | null;
  duplicates: number;
  conflicts: number;
  late: number;
  resets: number;
  backwards: number;
  ahead_ms: number;
}

export interface StageState {
  stage: StageName;
  flow_ppl_min: number | null;
  capacity_ppl_min: number | null;
  lanes: number;
  lanes_open: number;
  queue_ppl: number | null;
  wait_s: number | null;
  full_at: Time | null;
  binding: boolean;
  at_least: boolean;
  heard_at: Time | null;
}

export interface Advice {
  stage: StageName;
  lanes: number;
  before: Time | null;
  all_in_at: Time | null;
}

export interface AllIn {
  at: Time | null;
  error_s: number | null;
  late_s: number | null;
  limited_by: StageName | 'arrivals' | null;
  advice: Advice | null;
}

export interface SourceState {
  id: string;
  expected_ppl_min: number | null;
}

export interface State {
  type: 'state';
  session: string;
  seq: number;
  records: number;
  at: Time;
  exercise: boolean;
  speed: number;
  closed: boolean;
  plan_version: number;
  books: Books;
  inside: InsideState;
  zones: ZoneState[];
  checkpoints: CheckpointState[];
  devices: DeviceState[];
  stages: StageState[];
  all_in: AllIn | null;
  sources: SourceState[];
}

// A delta has the members that changed; its lists hold only the items that changed, each whole.
export type Delta = { type: 'delta'; seq: number; at: Time } & Partial<Omit<State, 'type' | 'seq' | 'at'>>;

export interface Beat {
  type: 'beat';
  seq: number;
  at: Time;
}

export type Message = State | Delta | Beat;

export interface FlowLine {
  id: string;
  in: number[];
  out: number[];
  final_count: number;
  revision: number[];
}

export interface Flow {
  from: Time;
  step_s: number;
  checkpoints: FlowLine[];
  inside: number[];
}

export interface SessionInfo {
  id: string;
  name: Name;
  event: Name;
  doors: Time | null;
  start: Time | null;
  end: Time | null;
  exercise: boolean;
  speed: number;
  closed: boolean;
  now: Time;
  plan_version: number;
}

// A name in both languages, or one text for both.
export type Name = string | { zh?: string; en?: string };

export type Role = 'viewer' | 'operator' | 'planner' | 'admin' | 'administrator' | 'device';

export interface Me {
  name: string;
  role: Role;
  must_change_password: boolean;
  until: Time; // the sign-in ends then at the latest
}

export interface Account {
  name: string;
  role: Role;
  disabled: boolean;
  signed_in_at: Time | null;
}

export interface DeviceToken {
  id: string;
  session: string;
  devices: string[];
  note?: string;
  made_at: Time;
  used_at: Time | null;
}
