// How long this sign-in lasts. The server decides (12 h after it began, 2 h without use); here is only told in time that it will end,
// and kept on the page what was known when it did. An open room asks the server every few seconds and so never comes to the second limit.
//
//   fine --(30 min before)--> soon --(5 min)--> last --(the server says so)--> over
//     ^------------------- signed in again, here or in another window ---------'

import { batch, computed, effect } from '@preact/signals';
import { api, serverNow_ms } from './api/client';
import type { Me } from './api/state';
import { wall_ms } from './control/clock';
import { me, signInOver } from './control/ui_state';
import { MINUTE_MS } from './i18n/time';

export type SignInStage = 'fine' | 'soon' | 'last' | 'over';

const SOON_MS = 30 * MINUTE_MS;
const LAST_MS = 5 * MINUTE_MS;
const UNUSED_MOST_MS = 120 * MINUTE_MS;
const ASK_EVERY_MS = 5000;

export function stageOf(left_ms: number | null, isOver: boolean): SignInStage {
  if (isOver) return 'over';
  if (left_ms === null || left_ms > SOON_MS) return 'fine';
  return left_ms > LAST_MS ? 'soon' : 'last';
}

export const minutesLeft = (left_ms: number): number => Math.max(0, Math.ceil(left_ms / MINUTE_MS));

// By the server's clock: that of a wall's computer may be wrong.
const left_ms = computed(() => {
  const until = Date.parse(me.value?.until ?? '');
  return wall_ms.value < 0 || Number.isNaN(until) ? null : until - serverNow_ms();
});
export const signInLeft_min = computed(() => (left_ms.value === null ? null : minutesLeft(left_ms.value)));
export const signInStage = computed(() => stageOf(left_ms.value, me.value !== null && signInOver.value !== null));

// Does a refusal leave the room's last picture standing? Only where it was time that ended the sign-in: an account that was disabled
// or signed out has nothing to look at any more. The server forgets an hour later why it ended; a computer that slept remembers.
export function keepsPicture(code: string, isOver: boolean, left_to_end_ms: number, since_served_ms: number): boolean {
  return code === 'account.sign_in_over' || isOver || left_to_end_ms <= 0 || since_served_ms >= UNUSED_MOST_MS;
}

const others = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('cordon.sign_in');

function entered(who: Me): void {
  batch(() => {
    me.value = who;
    signInOver.value = null;
  });
}

export async function signIn(name: string, password: string): Promise<void> {
  await api.signIn(name, password);
  entered(await api.me());
  others?.postMessage('signed in');
}

// Windows of one browser share the cookie: signing in in one of them is enough for all.
const askAgain = (): Promise<void> => api.me().then(entered, () => undefined);

export function startSignInEnd(): void {
  let askAt_ms = 0;
  others?.addEventListener('message', () => void askAgain());
  effect(() => {
    if (left_ms.value === null || left_ms.value > 0 || signInOver.value !== null || wall_ms.value < askAt_ms) return;
    askAt_ms = wall_ms.value + ASK_EVERY_MS;
    void askAgain();
  });
}
