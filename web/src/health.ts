// Is the server well? Asked every few seconds while somebody is signed in; the last answer stays when none comes (the lost
// connection is told by its own bar).

import { effect, signal } from '@preact/signals';
import { api, type Health, type Trouble, type TroubleName } from './api/client';
import { errors, type ErrorCode } from './api/errors';
import { me, signInOver } from './control/ui_state';
import { language, languageTag, readersClock, t, type Key } from './i18n';

const EVERY_MS = 5000;

export const health = signal<Health | null>(null);

async function look(): Promise<void> {
  try {
    health.value = await api.health();
  } catch {
    // not reached, or signed out: others say so
  }
}

export function startHealth(): void {
  let timer = 0;
  effect(() => {
    window.clearInterval(timer);
    const signedIn = me.value !== null && !me.value.must_change_password;
    if (!signedIn) {
      health.value = null;
      return;
    }
    if (signInOver.value !== null) return; // what was known last stays with the picture
    void look();
    timer = window.setInterval(() => void look(), EVERY_MS);
  });
}

// ---- troubles as sentences ----

export interface Alarm {
  name: TroubleName;
  sessions: string[];
  since: string; // of the oldest
  what: string;
  fix: string;
}

const isErrorCode = (code: string): code is ErrorCode => code in errors;

function reasonOf(code: string): { reason: string; fix: string } {
  const row = isErrorCode(code) ? errors[code] : null;
  if (!row) return { reason: code, fix: '' };
  return language.value === 'zh' ? { reason: row.zh, fix: row.fixZh } : { reason: row.en, fix: row.fixEn };
}

// The list as it is told: one alarm a kind, its sessions together, the worst first.
const ORDER: TroubleName[] = ['journal_refuses', 'disk_full', 'session_left_out', 'snapshot_wrong', 'journal_damaged'];
const FIX_OF_ERROR: ReadonlySet<TroubleName> = new Set(['journal_refuses']);

export function alarmsOf(troubles: readonly Trouble[]): Alarm[] {
  return ORDER.flatMap((name) => {
    const of = troubles.filter((x) => x.trouble === name);
    const first = of[0];
    if (!first) return [];
    const sessions = of.flatMap((x) => (x.session === null ? [] : [x.session]));
    const { reason, fix } = reasonOf(first.code);
    const values = { sessions: sessions.join(language.value === 'zh' ? '、' : ', '), reason, record: first.record ?? 0 };
    return [{
      name, sessions, since: of.map((x) => x.since).sort()[0] ?? first.since,
      what: t(`alarm.${name}` as Key, values),
      fix: (FIX_OF_ERROR.has(name) && fix !== '' ? fix : t(`alarm.${name}_fix` as Key, values)) + (language.value === 'zh' ? '。' : '.'),
    }];
  });
}

// Sentences stand apart in English, not in Chinese.
export const gap = (): string => (language.value === 'zh' ? '' : ' ');

// In the reader's time: it is about the server in this room. With the day when it was another one.
export function sinceText(since: string, now: Date = new Date()): string {
  const at = new Date(since);
  const tag = languageTag(language.value);
  const day = at.toDateString() === now.toDateString() ? '' : `${at.toLocaleDateString(tag, { month: 'short', day: 'numeric' })} `;
  return t('alarm.since', { at: `${day}${readersClock(at)}` });
}
