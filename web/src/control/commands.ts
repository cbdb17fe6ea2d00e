// The commands of the palette, as data: what they are called, and what they do.

import { language, named, setLanguage, t } from '../i18n';
import { hhmm, MINUTE_MS } from '../i18n/time';
import { setTheme, theme } from '../ui/theme';
import { now_ms } from './clock';
import type { Room } from './store';
import { dialog, fitMap, isAdmin, LAYERS, select, selected, showOnMap, toggleLayer } from './ui_state';
import { idOf } from './venue';
import { go } from '../route';
import { signOut } from './leave';

const SHOWN_MOST = 12;

export interface Command {
  key: string;
  text: string;
  kind: string;
  run: () => void;
}

// "18:34" or "1834" as a moment of the session's day, the latest that is not in the future.
export function momentOf(text: string, live_ms: number, offset_min: number): number | null {
  const m = /^\s*(\d{1,2})[:：]?(\d{2})\s*$/.exec(text);
  if (!m) return null;
  const minutes = Number(m[1]) * 60 + Number(m[2]);
  if (Number(m[1]) > 23 || Number(m[2]) > 59) return null;
  const dayMs = 86_400_000;
  const off = offset_min * MINUTE_MS;
  const midnight = Math.floor((live_ms + off) / dayMs) * dayMs - off;
  const at = midnight + minutes * MINUTE_MS;
  return at <= live_ms ? at : at - dayMs;
}

export function back10(room: Room): void {
  const view = room.view.peek();
  room.goTo((view.kind === 'past' ? view.at_ms : room.liveNow() ?? now_ms.peek()) - 10 * MINUTE_MS);
}

function fixed(room: Room): Command[] {
  const kind = t('palette.kind.command');
  const list: Command[] = [
    { key: 'live', text: t('palette.live'), kind, run: () => room.goLive() },
    { key: 'back', text: t('palette.back10'), kind, run: () => back10(room) },
    { key: 'fit', text: t('palette.fit'), kind, run: fitMap },
    { key: 'books', text: t('palette.books'), kind, run: () => { dialog.value = 'books'; } },
    { key: 'devices', text: t('palette.devices'), kind, run: () => { dialog.value = 'devices'; } },
    { key: 'server', text: t('palette.server'), kind, run: () => { dialog.value = 'server'; } },
    { key: 'theme', text: t('palette.theme'), kind, run: () => setTheme(theme.peek() === 'dark' ? 'light' : 'dark') },
    { key: 'language', text: t('palette.language'), kind, run: () => setLanguage(language.peek() === 'zh' ? 'en' : 'zh') },
    { key: 'help', text: t('palette.help'), kind, run: () => { dialog.value = 'help'; } },
    ...LAYERS.map((name) => ({
      key: `layer-${name}`, text: t('palette.layer', { name: t(`layer.${name}`) }), kind, run: () => toggleLayer(name),
    })),
    { key: 'sign-in', text: t('again.go'), kind, run: () => { dialog.value = 'sign_in'; } },
    { key: 'sessions', text: t('palette.sessions'), kind, run: () => go({ page: 'sessions' }) },
    { key: 'sign-out', text: t('palette.sign_out'), kind, run: () => void signOut() },
  ];
  if (isAdmin.peek()) list.push({ key: 'settings', text: t('palette.settings'), kind, run: () => go({ page: 'settings' }) });
  return list;
}

export function commandsFor(room: Room, typed: string): Command[] {
  const venue = room.venue.peek();
  const wanted = typed.trim().toLowerCase();
  const all = fixed(room);
  for (const f of venue?.plan.features ?? []) {
    const id = idOf(f);
    if (id === '' || f.properties.kind === 'barrier') continue;
    const run = (): void => {
      select(f.properties.kind, id);
      if (f.geometry) showOnMap(id);
    };
    all.push({ key: `f-${id}`, text: named(f.properties.name, id), kind: t(`feature.${f.properties.kind}`), run });
  }
  const has = (text: string): boolean => text.toLowerCase().includes(wanted);
  const found = wanted === '' ? all.slice(0, SHOWN_MOST)
    : [...all.filter((c) => has(c.text)), ...all.filter((c) => !has(c.text) && has(c.key))].slice(0, SHOWN_MOST);
  const live = room.liveNow();
  const at = live === null ? null : momentOf(typed, live, venue?.offset_min ?? 0);
  if (at !== null) {
    found.unshift({
      key: 'time', text: t('palette.goto_time', { at: hhmm(at, venue?.offset_min ?? 0) }), kind: t('palette.kind.command'),
      run: () => room.goTo(at),
    });
  }
  return found;
}

export function up(): boolean {
  if (selected.peek()) {
    selected.value = null;
    return true;
  }
  return false;
}
