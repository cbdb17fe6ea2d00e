// Tells screen readers what changed, at most one sentence group every ten seconds: an alarm flood must not talk over itself.

import { effect } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';
import type { CheckpointLevel } from '../api/state';
import { signInStage } from '../sign_in_end';
import { nameOf, useRoom } from './context';

const EVERY_MS = 10_000;
const AT_ONCE_MOST = 4;

export function changeText(name: string, was: CheckpointLevel | undefined, is: CheckpointLevel): string | null {
  if (was === undefined || was === is) return null;
  const dumb = (s: CheckpointLevel): boolean => s === 'silent' || s === 'never' || s === 'unknown';
  if (dumb(is)) return t('announce.silent', { name });
  if (dumb(was)) return t('announce.back', { name });
  return t('announce.state', { name, state: t(`state.${is}`) });
}

export function Announcer() {
  const room = useRoom();
  const [said, say] = useState('');
  useEffect(() => {
    const was = new Map<string, CheckpointLevel>();
    const waiting: string[] = [];
    let link = room.link.peek().state;
    const look = effect(() => {
      const { snapshot } = room.shown.value;
      const now = room.link.value.state;
      const isOver = signInStage.peek() === 'over'; // said by its own notice
      if (now !== link && now !== 'connecting' && !isOver) waiting.push(t(now === 'lost' ? 'announce.lost' : 'announce.again'));
      link = now;
      if (!snapshot || room.view.peek().kind === 'past') return;
      for (const item of [...snapshot.zones.values(), ...snapshot.checkpoints.values()]) {
        const text = changeText(nameOf(room.venue.peek(), item.id), was.get(item.id), item.state);
        if (text) waiting.push(text);
        was.set(item.id, item.state);
      }
    });
    const timer = window.setInterval(() => {
      if (waiting.length > 0) say(`${waiting.splice(0, AT_ONCE_MOST).join('. ')}.`);
      waiting.length = 0;
    }, EVERY_MS);
    return () => {
      look();
      window.clearInterval(timer);
    };
  }, [room]);
  return <div class="visually-hidden" role="status" aria-live="polite">{said}</div>;
}
