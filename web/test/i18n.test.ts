import { describe, expect, it } from 'vitest';
import { fill, language, languageAtStart, named, t, type Key } from '../src/i18n';
import { en } from '../src/i18n/en';
import { halfBand, oneDecimal, people } from '../src/i18n/number';
import { hhmm, hhmmss, minutesSeconds, msOf, offsetMinutesOf, rfc3339 } from '../src/i18n/time';
import { zh } from '../src/i18n/zh';

const holes = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)/g)].map((m) => m[1] ?? ''))].sort();

describe('catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });
  it('have the same holes in every message', () => {
    for (const key of Object.keys(en) as Key[]) expect(holes(zh[key]), key).toEqual(holes(en[key]));
  });
  it('leave no message empty', () => {
    for (const key of Object.keys(en) as Key[]) {
      expect(en[key].trim(), key).not.toBe('');
      expect(zh[key].trim(), key).not.toBe('');
    }
  });
  it('say in Chinese what is said in English, but for names and signs', () => {
    const same = (Object.keys(en) as Key[]).filter((k) => zh[k] === en[k] && /[a-z]{3,}/i.test(en[k].replace(/\{\w+[^}]*\}/g, '')));
    expect(same).toEqual([]);
  });
});

describe('messages', () => {
  it('choose the plural by the language', () => {
    expect(fill('{n} {n|lane|lanes}', { n: 1 }, 'en')).toBe('1 lane');
    expect(fill('{n} {n|lane|lanes}', { n: 3 }, 'en')).toBe('3 lanes');
    expect(fill('{n} 条', { n: 1 }, 'zh')).toBe('1 条');
  });
  it('keep a hole that nobody filled, so that a test sees it', () => {
    expect(fill('{what}', {}, 'en')).toBe('{what}');
  });
  it('follow the language of the page', () => {
    language.value = 'en';
    expect(t('evening.live')).toBe('Live');
    language.value = 'zh';
    expect(t('evening.live')).toBe('实时');
  });
  it('take the name in the page language, else the other one, else the id', () => {
    language.value = 'zh';
    expect(named({ zh: '东门', en: 'East gate' }, 'x')).toBe('东门');
    expect(named({ en: 'East gate' }, 'x')).toBe('East gate');
    expect(named(undefined, 'x')).toBe('x');
  });
  it('start with ?lang=, then the stored choice, then what the browser prefers', () => {
    expect(languageAtStart('?lang=en', 'zh', ['zh-CN'])).toBe('en');
    expect(languageAtStart('', 'zh', ['en-GB'])).toBe('zh');
    expect(languageAtStart('', null, ['fr', 'zh-TW', 'en'])).toBe('zh');
    expect(languageAtStart('?lang=xx', null, ['fr'])).toBe('en');
  });
});

describe('numbers', () => {
  it('have thin spaces in thousands and a real minus', () => {
    expect(people(0)).toBe('0');
    expect(people(999)).toBe('999');
    expect(people(18356)).toBe('18\u2009356');
    expect(people(1234567)).toBe('1\u2009234\u2009567');
    expect(people(-42)).toBe('\u221242');
    expect(people(-0.2)).toBe('0');
    expect(oneDecimal(2.94)).toBe('2.9');
  });
  it('never promise more than the band says', () => {
    expect(halfBand(18210, 18502)).toBe(146);
    expect(halfBand(10, 13)).toBe(2);
    expect(halfBand(null, 3)).toBeNull();
    expect(halfBand(5, 3)).toBeNull();
  });
});

describe('times', () => {
  const at = '2026-11-24T18:41:07.250+08:00';
  it('are shown as the venue writes them, whatever the browser thinks', () => {
    expect(offsetMinutesOf(at)).toBe(480);
    expect(offsetMinutesOf('2026-11-24T18:41:07-03:30')).toBe(-210);
    expect(offsetMinutesOf('2026-11-24T18:41:07Z')).toBe(0);
    expect(hhmm(msOf(at), 480)).toBe('18:41');
    expect(hhmmss(msOf(at), 480)).toBe('18:41:07');
  });
  it('go back to the server as they came', () => {
    expect(rfc3339(msOf(at), 480)).toBe(at);
    expect(rfc3339(msOf('2026-03-01T00:00:00.000-03:30'), -210)).toBe('2026-03-01T00:00:00.000-03:30');
  });
  it('tell waits in minutes and seconds', () => {
    expect(minutesSeconds(560)).toBe('9:20');
    expect(minutesSeconds(5)).toBe('0:05');
  });
});
