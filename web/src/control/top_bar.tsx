// Which event, which phase, what time, real or exercise, connected or not; language, colours, menu.

import { useComputed } from '@preact/signals';
import { language, named, setLanguage, t } from '../i18n';
import { day, hhmm, hhmmss } from '../i18n/time';
import { signInStage } from '../sign_in_end';
import { setTheme, theme } from '../ui/theme';
import { now_ms } from './clock';
import { useRoom } from './context';
import { dialog } from './ui_state';

export function ExerciseBadge({ speed }: { speed: number }) {
  return (
    <span class="exercise" title={t('top.exercise_long')}>
      {t('top.exercise')}{speed > 1 && <small>{t('top.speed', { n: speed })}</small>}
    </span>
  );
}

function Phases() {
  const room = useRoom();
  const venue = room.venue.value;
  const share = useComputed(() => {
    const v = room.venue.value;
    const from = v?.doors_ms ?? v?.start_ms;
    const to = v?.end_ms ?? (v?.start_ms ? v.start_ms + 9_000_000 : null);
    if (!from || !to || to <= from) return '0%';
    return `${Math.min(100, Math.max(0, ((now_ms.value - from) / (to - from)) * 100)).toFixed(1)}%`;
  });
  const word = useComputed(() => {
    const v = room.venue.value;
    const now = now_ms.value;
    if (!v) return '';
    if (v.doors_ms !== null && now < v.doors_ms) return t('phase.before');
    if (v.start_ms !== null && now < v.start_ms) return t('phase.entry');
    return v.end_ms !== null && now >= v.end_ms ? t('phase.after') : t('phase.event');
  });
  if (!venue || venue.start_ms === null) return <div class="phases" />;
  const from = venue.doors_ms ?? venue.start_ms;
  const to = venue.end_ms ?? venue.start_ms + 9_000_000;
  const start = to > from ? ((venue.start_ms - from) / (to - from)) * 100 : 0;
  const o = venue.offset_min;
  return (
    <div class="phases" role="img" aria-label={`${t('top.phases')}: ${word.value}`}>
      <div class="phase-track">
        <i style={{ width: share.value }} /><b style={{ left: share.value }} />
        <em style={{ left: '0%' }} /><em style={{ left: `${start}%` }} /><em style={{ left: '100%' }} />
      </div>
      <div class="phase-words">
        <span class="phase-first">{t('phase.doors')} {hhmm(from, o)}</span>
        <span class="phase-middle" style={{ left: `${Math.min(72, Math.max(28, start))}%` }}>
          {t('phase.start')} {hhmm(venue.start_ms, o)}
        </span>
        <span class="phase-last">{t('phase.end')} {hhmm(to, o)}</span>
      </div>
    </div>
  );
}

function Connection() {
  const room = useRoom();
  const link = room.link.value;
  const closed = room.head.value?.closed ?? false;
  const word = closed ? t('top.closed')
    : signInStage.value === 'over' ? t('top.signed_out')
    : link.state === 'live' ? t('top.live')
    : link.state === 'lost' ? t('top.lost') : t('top.connecting');
  return <span class={`connection connection-${closed ? 'closed' : link.state}`}><i aria-hidden="true" /><span>{word}</span></span>;
}

export function Clock() {
  const room = useRoom();
  const text = useComputed(() => (now_ms.value === 0 ? '--:--:--' : hhmmss(now_ms.value, room.venue.value?.offset_min ?? 0)));
  return <time class="clock" aria-label={t('top.clock')}>{text}</time>;
}

export function LanguageButton() {
  return (
    <button type="button" class="text-button" lang={language.value === 'zh' ? 'en' : 'zh-CN'} aria-label={t('top.language')}
      onClick={() => setLanguage(language.peek() === 'zh' ? 'en' : 'zh')}>
      {language.value === 'zh' ? 'EN' : '中文'}
    </button>
  );
}

export function ThemeButton() {
  const other = theme.value === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" class="icon-button" aria-label={t('top.theme', { theme: t(`top.theme_${other}`) })}
      title={t('top.theme', { theme: t(`top.theme_${other}`) })} onClick={() => setTheme(other)}>
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
        <circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path d="M9 2a7 7 0 0 1 0 14Z" fill="currentColor" />
      </svg>
    </button>
  );
}

export function TopBar() {
  const room = useRoom();
  const info = room.info.value;
  const venue = room.venue.value;
  const head = room.head.value;
  const event = named(venue?.plan.cordon.event ?? info?.event, info ? named(info.name, room.id) : room.id);
  const place = named(venue?.plan.cordon.venue, '');
  const date = venue?.start_ms != null ? day(venue.start_ms, venue.offset_min) : '';
  return (
    <header class="top" data-pane="top" tabIndex={-1}>
      <h1 title={`${place} · ${event}`}><span class="clip">{place !== '' && <span class="place">{place} · </span>}{event}</span></h1>
      <span class="session-name muted">{room.id} · {date}</span>
      <Phases />
      {(head?.exercise ?? info?.exercise) && <ExerciseBadge speed={head?.speed ?? info?.speed ?? 1} />}
      <Clock />
      <Connection />
      <LanguageButton />
      <ThemeButton />
      <button type="button" class="icon-button" aria-label={t('top.menu')} onClick={() => { dialog.value = 'menu'; }}>
        <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
          <path d="M2 4.5h14M2 9h14M2 13.5h14" stroke="currentColor" stroke-width="1.6" />
        </svg>
      </button>
    </header>
  );
}
