import { describe, expect, it } from 'vitest';
import { changeText } from '../src/control/announcer';
import { momentOf } from '../src/control/commands';
import { pickLanes } from '../src/control/lanes';
import { axisMarks, keyStep, settle, spanOf, timeAt, xOf } from '../src/control/scrub';
import { adviceSentence, ago, duration, lateness, limitSentence, silentFor, sourceText } from '../src/control/sentences';
import { plannedPerMinute, shareAt, venueOf } from '../src/control/venue';
import { language } from '../src/i18n';
import { MINUTE_MS, msOf } from '../src/i18n/time';
import { hashOf, placeOf } from '../src/route';
import { at, checkpoint } from './sample';

describe('sentences', () => {
  const advice = { stage: 'security' as const, lanes: 3, before: at('18:52'), all_in_at: at('19:28') };
  it('give a remedy with its deadline in English', () => {
    language.value = 'en';
    expect(adviceSentence(advice, 480, msOf(at('18:41')))).toBe('Open 3 more security lanes before 18:52: all in by 19:28.');
    expect(adviceSentence({ ...advice, lanes: 1 }, 480, msOf(at('18:41')))).toBe('Open 1 more security lane before 18:52: all in by 19:28.');
    expect(adviceSentence(advice, 480, msOf(at('18:52')))).toBe('Open 3 more security lanes now: all in by 19:28.');
    expect(adviceSentence({ ...advice, all_in_at: null }, 480, msOf(at('18:41')))).toBe('Open 3 more security lanes before 18:52.');
  });
  it('give it in Chinese', () => {
    language.value = 'zh';
    expect(adviceSentence(advice, 480, msOf(at('18:41')))).toBe('18:52 前增开 3 条安检通道，可在 19:28 全部入场。');
    expect(lateness(360)).toBe('晚于开演 6 分钟');
    expect(silentFor(94)).toBe('无数据 94 秒');
    expect(sourceText('41 of 42 devices')).toBe('设备在线 41/42');
    language.value = 'en';
  });
  it('tell ages and silence in words', () => {
    expect(ago(0)).toBe('now');
    expect(ago(94)).toBe('94 s ago');
    expect(duration(150)).toBe('3 min');
    expect(duration(3 * 3600 + 300)).toBe('3 h 5 min');
    expect(silentFor(null)).toBe('never heard');
    expect(lateness(-600)).toBe('10 min before start');
    expect(lateness(10)).toBe('with the start');
  });
  it('say what limits when there is nothing to open', () => {
    const all = { at: at('19:20'), error_s: 60, late_s: -600, advice: null };
    expect(limitSentence({ ...all, limited_by: 'arrivals' })).toContain('arrivals');
    expect(limitSentence({ ...all, limited_by: 'ticket' })).toContain('Ticket');
    expect(limitSentence({ ...all, limited_by: null })).toBe('');
  });
  it('announce only changes, and silence as silence', () => {
    expect(changeText('Gate 7', undefined, 'silent')).toBeNull();
    expect(changeText('Gate 7', 'normal', 'normal')).toBeNull();
    expect(changeText('Gate 7', 'normal', 'silent')).toBe('Gate 7: silent');
    expect(changeText('Gate 7', 'silent', 'normal')).toBe('Gate 7: heard again');
    expect(changeText('Gate 7', 'normal', 'warning')).toBe('Gate 7: warning');
  });
});

describe('the scrubber', () => {
  const doors = msOf(at('17:30'));
  const now = msOf(at('18:41'));
  const span = spanOf(doors, msOf(at('19:30')), msOf(at('22:00')), now, msOf(at('17:20')));
  it('spans from before the doors to after the end', () => {
    expect(span.from_ms).toBe(msOf(at('17:15')));
    expect(span.to_ms).toBe(msOf(at('22:10')));
  });
  it('turns a time into a place and back', () => {
    for (const t of [doors, now]) expect(timeAt(span, 1000, xOf(span, 1000, t))).toBeCloseTo(t, -1);
    expect(timeAt(span, 1000, -50)).toBe(span.from_ms);
    expect(timeAt(span, 1000, 5000)).toBe(span.to_ms);
  });
  it('turns the future into live and the time before the first record into the first', () => {
    expect(settle(now + 1, doors, now)).toEqual({ to: 'live' });
    expect(settle(now - 60_000, doors, now)).toEqual({ to: 'past', at_ms: now - 60_000 });
    expect(settle(0, doors, now)).toEqual({ to: 'past', at_ms: doors });
  });
  it('steps a minute with an arrow, ten with Shift, and returns with End', () => {
    expect(keyStep('ArrowLeft', false, now, doors, now)).toEqual({ to: 'past', at_ms: now - MINUTE_MS });
    expect(keyStep('ArrowLeft', true, now, doors, now)).toEqual({ to: 'past', at_ms: now - 10 * MINUTE_MS });
    expect(keyStep('ArrowRight', false, now - MINUTE_MS, doors, now)).toEqual({ to: 'live' });
    expect(keyStep('Home', false, now, doors, now)).toEqual({ to: 'past', at_ms: doors });
    expect(keyStep('End', false, doors, doors, now)).toEqual({ to: 'live' });
    expect(keyStep('a', false, now, doors, now)).toBeNull();
  });
  it('marks whole steps of local time, far enough apart to be read', () => {
    const marks = axisMarks(span, 1000, 76, 480);
    expect(marks[0]).toBe(msOf(at('17:30')));
    for (let i = 1; i < marks.length; i++) expect(xOf(span, 1000, marks[i] ?? 0) - xOf(span, 1000, marks[i - 1] ?? 0)).toBeGreaterThanOrEqual(76);
  });
});

describe('lanes for an advice', () => {
  it('come from where the open ones work hardest, one at each in turn', () => {
    const closed = (n: number) => Array.from({ length: n }, (_, i) => ({ id: `c${i}`, open: false }));
    const picks = pickLanes([
      checkpoint('calm', { in_ppl_min: 10, lane: closed(2) }), checkpoint('hot', { in_ppl_min: 66, lane: closed(2) }),
      checkpoint('full', { in_ppl_min: 66, lane: [{ id: '1', open: true }] }),
    ], 3);
    expect(picks).toEqual([{ checkpoint: 'hot', lanes: ['c0', 'c1'] }, { checkpoint: 'calm', lanes: ['c0'] }]);
  });
  it('are no more than there are', () => {
    expect(pickLanes([checkpoint('a')], 5)).toEqual([{ checkpoint: 'a', lanes: ['3'] }]);
    expect(pickLanes([], 5)).toEqual([]);
  });
});

describe('the plan as the page uses it', () => {
  const venue = venueOf({
    type: 'FeatureCollection',
    cordon: {
      timetable: { doors: at('17:30'), start: at('19:30'), end: at('22:00') }, expected_ppl: 28600, approved_ppl: 30000,
      arrivals: [[-120, 0], [-60, 0.25], [0, 1]],
    },
    features: [
      { type: 'Feature', id: 'ring', geometry: null, properties: { kind: 'zone', use: 'concourse', level: 1 } },
      { type: 'Feature', id: 'hold', geometry: null, properties: { kind: 'zone', use: 'holding' } },
      { type: 'Feature', id: 'g1', geometry: null, properties: { kind: 'checkpoint', stage: 'security', from: 'hold', to: 'ring' } },
      { type: 'Feature', id: 'x1', geometry: null, properties: { kind: 'checkpoint', stage: 'exit', from: 'ring', to: 'outside' } },
      { type: 'Feature', id: 'p1', geometry: null, properties: { kind: 'checkpoint', stage: 'precheck', from: 'outside', to: 'hold' } },
    ],
  });
  it('knows which checkpoints lead in and which out', () => {
    expect([...venue.entering]).toEqual([['g1', 1], ['x1', -1]]);
    expect(venue.levels).toEqual([0, 1]);
    expect(venue.of.checkpoint.map((c) => c.id)).toEqual(['p1', 'g1', 'x1']);
  });
  it('reads the arrival curve linearly, flat outside of it', () => {
    expect(shareAt(venue.curve, msOf(at('17:00')))).toBe(0);
    expect(shareAt(venue.curve, msOf(at('18:00')))).toBeCloseTo(0.125);
    expect(shareAt(venue.curve, msOf(at('21:00')))).toBe(1);
    expect(plannedPerMinute(venue.curve, 28600, msOf(at('19:00')))).toBeCloseTo((0.75 / 60) * 28600);
  });
});

describe('commands', () => {
  it('read a time of day as the latest such moment that is past', () => {
    const live = msOf(at('18:41'));
    expect(momentOf('18:34', live, 480)).toBe(msOf(at('18:34')));
    expect(momentOf('1834', live, 480)).toBe(msOf(at('18:34')));
    expect(momentOf('20:00', live, 480)).toBe(msOf('2026-11-23T20:00:00.000+08:00'));
    expect(momentOf('25:00', live, 480)).toBeNull();
    expect(momentOf('gate 3', live, 480)).toBeNull();
  });
});

describe('addresses', () => {
  it('carry the session and the moment', () => {
    const there = { page: 'session' as const, id: 'demo', at: at('18:34') };
    expect(placeOf(hashOf(there))).toEqual(there);
    expect(placeOf('#/s/demo')).toEqual({ page: 'session', id: 'demo', at: null });
    expect(placeOf('#/settings')).toEqual({ page: 'settings' });
    expect(placeOf('', '/s/demo', '')).toEqual({ page: 'session', id: 'demo', at: null });
    expect(placeOf('')).toEqual({ page: 'sessions' });
  });
});
