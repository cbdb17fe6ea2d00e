// People a minute at one checkpoint by time of passage: final minutes solid, provisional ones hatched, revised ones marked.

import { useComputed } from '@preact/signals';
import { t } from '../i18n';
import { people } from '../i18n/number';
import { hhmm } from '../i18n/time';
import { now_ms } from './clock';
import { useRoom } from './context';

const SHOWN = 60;
const W = 320;
const H = 96;

export function MinuteChart({ id }: { id: string }) {
  const room = useRoom();
  const minute = useComputed(() => Math.floor(now_ms.value / 60_000));
  const { book } = room.flow.value;
  const line = book?.lines.get(id);
  const offset = room.venue.value?.offset_min ?? 0;
  if (!book || !line) return <div class="minutes hatched" />;
  const end = Math.max(1, Math.floor((minute.value * 60_000 - book.from_ms) / book.step_ms) + 1);
  const first = Math.max(0, end - SHOWN);
  const total = (i: number): number => (line.in[i] ?? 0) + (line.out[i] ?? 0);
  const index = Array.from({ length: end - first }, (_, k) => first + k);
  const most = Math.max(5, ...index.map(total));
  const dx = W / SHOWN;
  const final = Math.max(0, Math.min(end, line.final_count) - first);
  const revised = index.filter((i) => (line.revision[i] ?? 0) > 0);
  const label = t('checkpoint.minutes_label', {
    n: index.length, final, revised: revised.length, last: people(total(Math.max(first, end - 2))),
  });
  return (
    <figure class="minutes">
      <figcaption>
        <span>{t('checkpoint.minutes')}</span><span class="muted">{t('unit.ppl_min')}, 0–{most}</span>
      </figcaption>
      <svg viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {index.map((i, k) => {
          const h = (total(i) / most) * (H - 8);
          const kind = i < line.final_count ? 'final' : 'provisional';
          return <rect key={i} class={`minute minute-${kind}`} x={k * dx + 0.5} y={H - h} width={dx - 1} height={h} />;
        })}
        {revised.map((i) => <rect key={`r${i}`} class="minute-revised" x={(i - first) * dx} y={0} width={dx} height={4} />)}
      </svg>
      <div class="minutes-axis muted">
        <span>{hhmm(book.from_ms + first * book.step_ms, offset)}</span><span>{hhmm(book.from_ms + end * book.step_ms, offset)}</span>
      </div>
      <div class="minutes-key muted">
        <span><i class="key-final" />{t('checkpoint.final')}</span>
        <span><i class="key-provisional" />{t('checkpoint.provisional')}</span>
        <span><i class="key-revised" />{t('checkpoint.revised')}</span>
      </div>
    </figure>
  );
}
