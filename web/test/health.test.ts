import { beforeEach, describe, expect, it } from 'vitest';
import type { Trouble } from '../src/api/client';
import { alarmsOf, sinceText } from '../src/health';
import { language } from '../src/i18n';

const trouble = (name: Trouble['trouble'], session: string | null, since: string, code = 'store.corrupt'): Trouble =>
  ({ trouble: name, session, since, code });

describe('alarms', () => {
  beforeEach(() => { language.value = 'en'; });
  it('put the sessions of one kind together, since the oldest, the worst kind first', () => {
    const told = alarmsOf([
      trouble('session_left_out', 'a', '2026-11-24T10:02:00Z'), trouble('session_left_out', 'b', '2026-11-24T10:01:00Z'),
      trouble('journal_refuses', 'c', '2026-11-24T10:03:00Z', 'store.full'),
    ]);
    expect(told.map((a) => [a.name, a.sessions, a.since])).toEqual([
      ['journal_refuses', ['c'], '2026-11-24T10:03:00Z'], ['session_left_out', ['a', 'b'], '2026-11-24T10:01:00Z']]);
    expect(told[1]?.what).toContain('a, b: could not be brought back');
  });
  it('say what to do by the error, in the language of the page', () => {
    const full = [trouble('journal_refuses', 'c', '2026-11-24T10:03:00Z', 'store.full')];
    expect(alarmsOf(full)[0]?.fix).toBe('Free space; devices will send again.');
    language.value = 'zh';
    expect(alarmsOf(full)[0]?.fix).toMatch(/^请.*。$/);
  });
  it('do not stumble over an error that is newer than the page', () => {
    expect(alarmsOf([trouble('journal_refuses', 'c', '2026-11-24T10:03:00Z', 'store.other')])[0]?.fix).toContain('Check the disk');
  });
  it('tell the day only when it was another one', () => {
    expect(sinceText('2026-11-24T10:03:00Z', new Date('2026-11-24T12:00:00Z'))).toMatch(/^Since \d\d:\d\d\.$/);
    expect(sinceText('2026-11-22T10:03:00Z', new Date('2026-11-24T12:00:00Z'))).toMatch(/^Since .*22.* \d\d:\d\d\.$/);
  });
});
