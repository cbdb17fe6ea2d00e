// Two languages over one set of keys; the compiler holds both catalogues to it. A message is text with {name} holes;
// {n|lane|lanes} chooses a form by the plural rule of the language (Chinese gives one form or none of them).

import { signal } from '@preact/signals';
import type { Name } from '../api/state';
import { en } from './en';
import { zh } from './zh';

export type Language = 'zh' | 'en';
export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;
type Values = Record<string, string | number>;

const catalogues: Record<Language, Catalogue> = { zh, en };
const STORED = 'cordon.language';
const rules = { zh: new Intl.PluralRules('zh-CN'), en: new Intl.PluralRules('en-GB') };

export const language = signal<Language>('zh');
export const languageTag = (l: Language): string => (l === 'zh' ? 'zh-CN' : 'en-GB');

// ?lang= first, then what was chosen before, then what the browser prefers.
export function languageAtStart(query: string, stored: string | null, preferred: readonly string[]): Language {
  const asked = new URLSearchParams(query).get('lang');
  for (const wish of [asked, stored, ...preferred]) {
    if (wish?.toLowerCase().startsWith('zh')) return 'zh';
    if (wish?.toLowerCase().startsWith('en')) return 'en';
  }
  return 'en';
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

export function startLanguage(): void {
  setLanguage(languageAtStart(location.search, stored(), navigator.languages), false);
}

export function setLanguage(l: Language, keep = true): void {
  language.value = l;
  document.documentElement.lang = languageTag(l);
  if (!keep) return;
  try {
    localStorage.setItem(STORED, l);
  } catch {
    // a browser without storage forgets the choice: nothing else is lost
  }
}

export function fill(text: string, values: Values, l: Language): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, other?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one === undefined || other === undefined) return String(value);
    return rules[l].select(Number(value)) === 'one' ? one : other;
  });
}

export function t(key: Key, values?: Values): string {
  const l = language.value;
  const text = catalogues[l][key];
  return values ? fill(text, values, l) : text;
}

export function named(name: Name | undefined | null, otherwise: string): string {
  if (!name) return otherwise;
  if (typeof name === 'string') return name || otherwise;
  const first = language.value === 'zh' ? name.zh : name.en;
  return first || name.zh || name.en || otherwise;
}

// In the reader's time, not the venue's: for what is about this person or this computer.
export const readersClock = (time: string | number | Date): string =>
  new Date(time).toLocaleTimeString(languageTag(language.value), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
