// What must be seen before any number is read: the connection is lost, this is the past, something did not work.

import { useComputed } from '@preact/signals';
import { t } from '../i18n';
import { hhmm, hhmmss } from '../i18n/time';
import { signInStage } from '../sign_in_end';
import { problemTexts } from '../ui/problem';
import { Shape } from '../ui/shape';
import { SignInNotice } from '../ui/sign_in_again';
import { ageSeconds, now_ms, wall_ms } from './clock';
import { useRoom } from './context';
import { duration } from './sentences';

function LostBar({ since_ms }: { since_ms: number }) {
  const room = useRoom();
  const at = room.liveNow();
  const text = useComputed(() => t('bar.lost', {
    text: duration(Math.max(0, Math.round((wall_ms.value - since_ms) / 1000))),
    at: at === null ? '—' : hhmmss(at, room.venue.value?.offset_min ?? 0),
  }));
  return <div class="notice notice-lost"><Shape name="hatch" /><span>{text}</span></div>;
}

// The age in session time, as all ages on the page.
function Standstill() {
  const room = useRoom();
  const at = room.liveNow();
  const text = useComputed(() => (at === null ? '' : t('again.old', {
    text: duration(ageSeconds(at, now_ms.value) ?? 0), at: hhmmss(at, room.venue.value?.offset_min ?? 0),
  })));
  return <>{text}</>;
}

export function Bars() {
  const room = useRoom();
  const link = room.link.value;
  const view = room.view.value;
  const trouble = room.trouble.value;
  const offset = room.venue.value?.offset_min ?? 0;
  return (
    <div class="notices" role="region" aria-label={t('panel.notices')}>
      <SignInNotice>{link.state === 'lost' && view.kind === 'live' && <Standstill />}</SignInNotice>
      {link.state === 'lost' && signInStage.value !== 'over' && <LostBar since_ms={link.since_ms} />}
      {view.kind === 'past' && (
        <div class="notice notice-past">
          <Shape name="diamond" />
          <span>{t(view.loading ? 'bar.past_loading' : 'bar.past', { at: hhmm(view.at_ms, offset) })}</span>
          <button type="button" class="button button-small" onClick={() => room.goLive()}>{t('bar.to_live')}</button>
        </div>
      )}
      {trouble && (
        <div class="notice notice-trouble" role="alert">
          <Shape name="triangle" />
          <span><strong>{t('bar.trouble')}.</strong> {problemTexts(trouble).what}. {problemTexts(trouble).fix}</span>
          <button type="button" class="icon-button" aria-label={t('app.close')} onClick={() => { room.trouble.value = null; }}>✕</button>
        </div>
      )}
    </div>
  );
}
