// The notice that the sign-in ends or has ended, and the dialog that begins another without leaving the page.

import { batch } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { api, serverNow_ms, type Problem } from '../api/client';
import { dialog, me, signInOver } from '../control/ui_state';
import { gap } from '../health';
import { readersClock, t } from '../i18n';
import { signIn, signInLeft_min, signInStage } from '../sign_in_end';
import { Dialog } from './dialog';
import { asProblem, ProblemNote } from './problem';
import { Shape } from './shape';

const close = (): void => { dialog.value = null; };

function AgainButton() {
  return (
    <button type="button" class="button button-small" onClick={() => { dialog.value = 'sign_in'; }}>{t('again.go')}</button>
  );
}

// Children: what the page shows in the meantime, and how old it is. The minutes are not read out again at each of them.
export function SignInNotice({ children }: { children?: ComponentChildren }) {
  const stage = signInStage.value;
  const until = me.value?.until;
  if (!until || stage === 'fine') return null;
  const at = readersClock(until);
  if (stage === 'over') {
    return (
      <div class="notice notice-over">
        <Shape name="hatch" />
        <span>
          <strong role="alert">{Date.parse(until) <= serverNow_ms() ? t('again.over', { at }) : t('again.over_unused')}</strong>
          {gap()}{children}
        </span>
        <AgainButton />
      </div>
    );
  }
  return (
    <div class={`notice notice-ends ${stage === 'last' ? 'notice-last' : ''}`}>
      <Shape name={stage === 'last' ? 'triangle' : 'diamond'} />
      <span aria-hidden="true">{t('again.soon', { at, n: signInLeft_min.value ?? 0 })}</span>
      <span class="visually-hidden" role="status" key={stage}>{t('again.soon_spoken', { at })}</span>
      <AgainButton />
    </div>
  );
}

// The hash stays: who signs in instead comes to the same place.
async function somebodyElse(): Promise<void> {
  await api.signOut().catch(() => undefined);
  batch(() => {
    dialog.value = null;
    signInOver.value = null;
    me.value = null;
  });
}

export function SignInAgain({ name }: { name: string }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (form: HTMLFormElement): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await signIn(name, String(new FormData(form).get('password')));
      close();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('again.go')} onClose={close}>
      <form class="again" onSubmit={(e) => { e.preventDefault(); void send(e.currentTarget); }}>
        <p class="muted">{t('again.stay')}</p>
        <label>{t('sign_in.name')}<input name="name" type="text" autocomplete="username" value={name} readOnly tabIndex={-1} /></label>
        <label>
          {t('sign_in.password')}<input name="password" type="password" autocomplete="current-password" required autofocus />
        </label>
        {problem && <ProblemNote problem={problem} />}
        <div class="again-go">
          <button type="submit" class="button button-main" disabled={busy}>{t('again.go')}</button>
          <button type="button" class="link" onClick={() => void somebodyElse()}>{t('again.other')}</button>
        </div>
      </form>
    </Dialog>
  );
}
