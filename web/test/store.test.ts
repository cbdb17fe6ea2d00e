import { describe, expect, it } from 'vitest';
import type { Delta } from '../src/api/state';
import { ageSeconds, sessionTime } from '../src/control/clock';
import { flowBookOf, lastMinutes, sumLines, takeInside, takeMinute } from '../src/control/flow';
import { applyDelta, applyMessage, snapshotOf } from '../src/control/fold';
import { msOf } from '../src/i18n/time';
import { at, checkpoint, state, zone } from './sample';

describe('the fold of messages', () => {
  it('replaces listed items whole and keeps what a delta does not name', () => {
    const s = snapshotOf(state());
    const taken = applyDelta(s, { type: 'delta', seq: 11, at: at('18:42'), zones: [zone('hold', { ppl: 140 })], records: 101 });
    expect(taken).toBe('taken');
    expect(s.zones.get('hold')?.ppl).toBe(140);
    expect(s.zones.get('ring')?.ppl).toBe(120);
    expect(s.checkpoints.size).toBe(2);
    expect(s.books.passages).toBe(90);
    expect([s.seq, s.records, s.at]).toEqual([11, 101, at('18:42')]);
  });
  it('sees a gap and changes nothing', () => {
    const s = snapshotOf(state());
    expect(applyDelta(s, { type: 'delta', seq: 12, at: at('18:42'), zones: [zone('hold', { ppl: 140 })] })).toBe('gap');
    expect(s.zones.get('hold')?.ppl).toBe(120);
    expect(s.seq).toBe(10);
  });
  it('takes nothing twice after a resume', () => {
    const s = snapshotOf(state());
    expect(applyDelta(s, { type: 'delta', seq: 10, at: at('18:42'), zones: [zone('hold', { ppl: 1 })] })).toBe('old');
    expect(s.zones.get('hold')?.ppl).toBe(120);
  });
  it('moves only the time with a beat, and knows from it what it has missed', () => {
    const s = snapshotOf(state());
    expect(applyMessage(s, { type: 'beat', seq: 10, at: at('18:43') }).taken).toBe('taken');
    expect(s.at).toBe(at('18:43'));
    expect(applyMessage(s, { type: 'beat', seq: 11, at: at('18:44') }).taken).toBe('gap');
  });
  it('asks for a whole state when a delta comes first', () => {
    expect(applyMessage(null, { type: 'delta', seq: 1, at: at('18:41') }).taken).toBe('gap');
  });
  it('lets "all in" become unknown: null is a value, absence is not', () => {
    const s = snapshotOf(state({ all_in: { at: at('19:30'), error_s: 60, late_s: 0, limited_by: 'arrivals', advice: null } }));
    applyDelta(s, { type: 'delta', seq: 11, at: at('18:42') });
    expect(s.all_in?.at).toBe(at('19:30'));
    applyDelta(s, { type: 'delta', seq: 12, at: at('18:42'), all_in: null });
    expect(s.all_in).toBeNull();
  });
  it('applies a delta over two hundred checkpoints in far less than five milliseconds', () => {
    const ids = Array.from({ length: 200 }, (_, i) => `g${i}`);
    const s = snapshotOf(state({ checkpoints: ids.map((id) => checkpoint(id)) }));
    const deltas: Delta[] = Array.from({ length: 50 }, (_, k) => ({
      type: 'delta', seq: 11 + k, at: at('18:42'), checkpoints: ids.map((id) => checkpoint(id, { in: k })),
    }));
    const before = performance.now();
    for (const d of deltas) expect(applyDelta(s, d)).toBe('taken');
    expect((performance.now() - before) / deltas.length).toBeLessThan(5);
    expect(s.checkpoints.get('g199')?.in).toBe(49);
  });
});

describe('the minutes by event time', () => {
  const flow = () => flowBookOf({
    from: at('18:00'), step_s: 60, inside: [0, 5],
    checkpoints: [{ id: 'g1', in: [1, 2, 3], out: [0, 0, 0], final_count: 2, revision: [0, 0, 0] }],
  });
  it('take the newest minute and fill the silent ones with zero people counted', () => {
    const book = flow();
    expect(takeMinute(book, 'g1', { at: at('18:05'), in: 9, out: 1, final: false, revision: 0 })).toBe(true);
    expect(book.lines.get('g1')?.in).toEqual([1, 2, 3, 0, 0, 9]);
    expect(book.lines.get('g1')?.final_count).toBe(2);
  });
  it('take a revised final minute with its revision', () => {
    const book = flow();
    takeMinute(book, 'g1', { at: at('18:02'), in: 7, out: 0, final: true, revision: 2 });
    expect(book.lines.get('g1')).toMatchObject({ in: [1, 2, 7], revision: [0, 0, 2], final_count: 3 });
  });
  it('drop what lies outside of any session', () => {
    const book = flow();
    expect(takeMinute(book, 'g1', { at: at('17:59'), in: 7, out: 0, final: true, revision: 0 })).toBe(false);
    expect(takeMinute(book, 'g1', { at: '2030-01-01T00:00:00.000+08:00', in: 7, out: 0, final: true, revision: 0 })).toBe(false);
    expect(book.lines.get('g1')?.in).toEqual([1, 2, 3]);
  });
  it('show only minutes that are over', () => {
    const book = flow();
    expect(lastMinutes(book, book.lines.get('g1')?.in ?? [], msOf(at('18:02')) + 30_000, 60)).toEqual([1, 2]);
    expect(lastMinutes(book, [1, 2, 3], msOf(at('18:05')), 3)).toEqual([3, 0, 0]);
  });
  it('add up a stage', () => {
    const book = flow();
    takeMinute(book, 'g2', { at: at('18:01'), in: 10, out: 0, final: false, revision: 0 });
    expect(sumLines(book, ['g1', 'g2', 'nobody'], (l) => l.in)).toEqual([1, 12, 3]);
  });
  it('carry the people inside over quiet minutes', () => {
    const book = flow();
    takeInside(book, msOf(at('18:04')), 30);
    expect(book.inside).toEqual([0, 5, 5, 5, 30]);
  });
});

describe('the session clock', () => {
  it('runs on at the speed of the drill and stands still when stopped', () => {
    expect(sessionTime({ at_ms: 1000, heard_ms: 50, speed: 30, stopped: false }, 150)).toBe(4000);
    expect(sessionTime({ at_ms: 1000, heard_ms: 50, speed: 30, stopped: true }, 150)).toBe(1000);
  });
  it('never tells a negative age, and no age of what was never heard', () => {
    expect(ageSeconds(10_000, 12_400)).toBe(2);
    expect(ageSeconds(12_000, 11_000)).toBe(0);
    expect(ageSeconds(null, 11_000)).toBeNull();
  });
});
