// State is a fold of messages: a whole state, then deltas in order. Pure; the store publishes what comes out.

import type {
  AllIn, Books, CheckpointState, Delta, DeviceState, InsideState, Message, SourceState, StageState, State, Time, ZoneState,
} from '../api/state';

export interface Snapshot {
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
  all_in: AllIn | null;
  zones: Map<string, ZoneState>;
  checkpoints: Map<string, CheckpointState>;
  devices: Map<string, DeviceState>;
  stages: Map<string, StageState>;
  sources: Map<string, SourceState>;
}

const byId = <T extends { id: string }>(items: T[] | undefined): Map<string, T> => new Map((items ?? []).map((i) => [i.id, i]));

export function snapshotOf(state: State): Snapshot {
  return {
    session: state.session,
    seq: state.seq,
    records: state.records,
    at: state.at,
    exercise: state.exercise,
    speed: state.speed,
    closed: state.closed,
    plan_version: state.plan_version,
    books: state.books,
    inside: state.inside,
    all_in: state.all_in ?? null,
    zones: byId(state.zones),
    checkpoints: byId(state.checkpoints),
    devices: byId(state.devices),
    stages: new Map((state.stages ?? []).map((s) => [s.stage, s])),
    sources: byId(state.sources),
  };
}

function replace<T>(into: Map<string, T>, items: T[] | undefined, keyOf: (item: T) => string): void {
  for (const item of items ?? []) into.set(keyOf(item), item);
}

export type Taken = 'taken' | 'old' | 'gap';

// Applies a delta in place. 'old': seen already (after a resume); 'gap': something is missing, ask again.
export function applyDelta(snapshot: Snapshot, delta: Delta): Taken {
  if (delta.seq <= snapshot.seq) return 'old';
  if (delta.seq !== snapshot.seq + 1) return 'gap';
  snapshot.seq = delta.seq;
  snapshot.at = delta.at;
  if (delta.records !== undefined) snapshot.records = delta.records;
  if (delta.exercise !== undefined) snapshot.exercise = delta.exercise;
  if (delta.speed !== undefined) snapshot.speed = delta.speed;
  if (delta.closed !== undefined) snapshot.closed = delta.closed;
  if (delta.plan_version !== undefined) snapshot.plan_version = delta.plan_version;
  if (delta.books !== undefined) snapshot.books = delta.books;
  if (delta.inside !== undefined) snapshot.inside = delta.inside;
  if (delta.all_in !== undefined) snapshot.all_in = delta.all_in;
  replace(snapshot.zones, delta.zones, (z) => z.id);
  replace(snapshot.checkpoints, delta.checkpoints, (c) => c.id);
  replace(snapshot.devices, delta.devices, (d) => d.id);
  replace(snapshot.stages, delta.stages, (s) => s.stage);
  replace(snapshot.sources, delta.sources, (s) => s.id);
  return 'taken';
}

// One message of the live line. A beat that is ahead of us tells of a gap too.
export function applyMessage(snapshot: Snapshot | null, message: Message): { snapshot: Snapshot | null; taken: Taken } {
  if (message.type === 'state') return { snapshot: snapshotOf(message), taken: 'taken' };
  if (!snapshot) return { snapshot, taken: 'gap' };
  if (message.type === 'beat') {
    if (message.seq > snapshot.seq) return { snapshot, taken: 'gap' };
    snapshot.at = message.at;
    return { snapshot, taken: 'taken' };
  }
  return { snapshot, taken: applyDelta(snapshot, message) };
}
