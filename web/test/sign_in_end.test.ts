import { beforeEach, describe, expect, it } from 'vitest';
import { steadyClock, wall_ms } from '../src/control/clock';
import { me, signInOver } from '../src/control/ui_state';
import { Problem } from '../src/api/client';
import { keepsPicture, minutesLeft, signInLeft_min, signInStage, stageOf } from '../src/sign_in_end';

const MINUTE = 60_000;

describe('the end of a sign-in', () => {
  beforeEach(() => {
    me.value = null;
    signInOver.value = null;
  });
  it('is told from half an hour before, urgently in the last five minutes, and is over when the server says so', () => {
    expect(stageOf(null, false)).toBe('fine');
    expect(stageOf(30 * MINUTE + 1, false)).toBe('fine');
    expect(stageOf(30 * MINUTE, false)).toBe('soon');
    expect(stageOf(5 * MINUTE + 1, false)).toBe('soon');
    expect(stageOf(5 * MINUTE, false)).toBe('last');
    expect(stageOf(-MINUTE, false)).toBe('last'); // the server has not said so yet
    expect(stageOf(9 * 60 * MINUTE, true)).toBe('over'); // by two hours without use
  });
  it('counts whole minutes, the last one to its end, and none below zero', () => {
    expect([29.5 * MINUTE, MINUTE, 1, 0, -5].map(minutesLeft)).toEqual([30, 1, 1, 0, 0]);
  });
  it('follows the clock of the page and is new with each sign-in', () => {
    const until = (ms: number) => new Date(Date.now() + ms).toISOString();
    me.value = { name: 'op', role: 'operator', must_change_password: false, until: until(12 * 60 * MINUTE) };
    expect(signInStage.value).toBe('fine');
    me.value = { ...me.value, until: until(12.5 * MINUTE) };
    expect([signInStage.value, signInLeft_min.value]).toEqual(['soon', 13]);
    me.value = { ...me.value, until: until(-MINUTE) };
    wall_ms.value++;
    expect([signInStage.value, signInLeft_min.value]).toEqual(['last', 0]);
    signInOver.value = new Problem(401, { code: 'account.sign_in_over' });
    expect(signInStage.value).toBe('over');
    me.value = null; // then the sign-in page stands there, not a notice
    expect(signInStage.value).toBe('fine');
  });
  it('says nothing where the server tells no end', () => {
    me.value = { name: 'op', role: 'operator', must_change_password: false, until: '' };
    expect([signInStage.value, signInLeft_min.value]).toEqual(['fine', null]);
  });
  it('leaves the last picture standing when time ended it, not when somebody did', () => {
    const hour = 60 * MINUTE;
    expect(keepsPicture('account.sign_in_over', false, hour, 0)).toBe(true);
    expect(keepsPicture('account.sign_in', false, hour, 5000)).toBe(false);
    expect(keepsPicture('account.sign_in', true, hour, 5000)).toBe(true);
    expect(keepsPicture('account.sign_in', false, 0, 5000)).toBe(true);
    expect(keepsPicture('account.sign_in', false, hour, 2 * hour)).toBe(true);
  });
});

describe('the steady clock', () => {
  it('runs on while the computer sleeps, and never back', () => {
    let perf = 100;
    let date = 1_000_000;
    const clock = steadyClock(() => perf, () => date);
    expect(clock()).toBe(100);
    perf += 1000;
    date += 1000;
    expect(clock()).toBe(1100);
    date += 3_600_000; // asleep
    expect(clock()).toBe(3_601_100);
    date -= 7_200_000; // the computer's clock is set back
    expect(clock()).toBe(3_601_100);
    perf += 500;
    expect(clock()).toBe(3_601_600);
  });
});
