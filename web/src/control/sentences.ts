// The sentences of the control room, made from state; tested as text.

import type { Advice, AllIn, StageName } from '../api/state';
import { t, type Key } from '../i18n';
import { hhmm, msOrNull } from '../i18n/time';

export const stageWord = (s: StageName | string): string => t(`stage.${s}` as Key);

// "94 s", "12 min", "3 h 5 min"
export function duration(seconds: number): string {
  if (seconds < 120) return t('time.seconds', { n: Math.round(seconds) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return t('time.minutes', { n: minutes });
  return t('time.hours', { h: Math.floor(minutes / 60), n: minutes % 60 });
}

export function ago(seconds: number): string {
  return seconds < 1 ? t('age.now') : t('age.ago', { text: duration(seconds) });
}

export function silentFor(seconds: number | null): string {
  return seconds === null ? t('silent.never') : t('silent.for', { text: duration(seconds) });
}

// The server tells a zone's source as "41 of 42 devices"; the page says it in its own language.
export function sourceText(source: string): string {
  const m = /^(\d+) of (\d+) devices?$/.exec(source);
  return m?.[1] && m[2] ? t('inside.devices', { live: m[1], all: m[2] }) : source || '—';
}

// Who comes with the start is in with the start, as long as it takes no longer than this.
export const LATE_S = 180;

export function lateness(late_s: number): string {
  const minutes = Math.round(Math.abs(late_s) / 60);
  if (minutes === 0) return t('allin.on_time');
  return late_s > 0 ? t('allin.late', { n: minutes }) : t('allin.early', { n: minutes });
}

export function adviceSentence(advice: Advice, offset_min: number, now_ms: number): string {
  const before = msOrNull(advice.before);
  const allIn = msOrNull(advice.all_in_at);
  const values = {
    n: advice.lanes,
    stage: stageWord(advice.stage).toLowerCase(),
    before: before === null ? '' : hhmm(before, offset_min),
    at: allIn === null ? '' : hhmm(allIn, offset_min),
  };
  const soon = before === null || before - now_ms < 60_000;
  if (allIn === null) return t(soon ? 'advice.now_open' : 'advice.open', values);
  return t(soon ? 'advice.now_open_at' : 'advice.open_at', values);
}

// Why the clock stands where it stands, when there is nothing to open.
export function limitSentence(all: AllIn): string {
  if (all.limited_by === 'arrivals') return t('allin.by_arrivals');
  if (all.limited_by) return t('allin.by_stage', { stage: stageWord(all.limited_by) });
  return '';
}
