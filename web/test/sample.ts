// A small state for the tests.

import type { CheckpointState, State, ZoneState } from '../src/api/state';

export const at = (hm: string): string => `2026-11-24T${hm}:00.000+08:00`;

export function checkpoint(id: string, more: Partial<CheckpointState> = {}): CheckpointState {
  return {
    id, in: 100, out: 0, in_ppl_min: 50, out_ppl_min: 0, lanes: 3, lanes_open: 2, capacity_ppl_min: 66,
    lane: [{ id: '1', open: true }, { id: '2', open: true }, { id: '3', open: false }], heard_at: at('18:41'), devices: 2, devices_live: 2,
    state: 'normal', minute: { at: at('18:41'), in: 12, out: 0, final: false, revision: 0 }, ...more,
  };
}

export function zone(id: string, more: Partial<ZoneState> = {}): ZoneState {
  return {
    id, ppl: 120, low: 118, high: 123, ledger: 120, adjusted: 0, at_least: false, heard_at: at('18:41'), source: '4 of 4 devices',
    density_ppl_m2: 0.5, level: 'C', state: 'normal', capacity_ppl: 900, in_ppl_min: 10, out_ppl_min: 5, full_at: null, recount: null, ...more,
  };
}

export function state(more: Partial<State> = {}): State {
  return {
    type: 'state', session: 'demo', seq: 10, records: 100, at: at('18:41'), exercise: true, speed: 30, closed: false, plan_version: 1,
    books: { sum: 0, passages: 90, duplicates: 1, conflicts: 0, rejected: 0, late: 2 },
    inside: {
      ppl: 1000, low: 990, high: 1010, at_least: false, heard_at: at('18:41'), source: '4 of 4 devices', devices: 4, devices_live: 4,
      expected_ppl: 28600, approved_ppl: 30000, in_ppl_min: 50, out_ppl_min: 0,
    },
    zones: [zone('hold'), zone('ring')], checkpoints: [checkpoint('g1'), checkpoint('g2')], devices: [], stages: [], all_in: null, sources: [], ...more,
  };
}
