// Who is here, and which page they see: sign-in, a new password where one is due, the sessions, one session, settings.

import { batch, effect } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { SettingsPage } from './admin/settings';
import { api, Problem, serverNow_ms, sinceServed_ms, speakLanguage, whenSignedOut } from './api/client';
import type { SessionInfo } from './api/state';
import { RoomPage } from './control/room_page';
import { dialog, me, signInOver } from './control/ui_state';
import { language, languageTag, t } from './i18n';
import { place } from './route';
import { SessionsPage } from './sessions_page';
import { keepsPicture } from './sign_in_end';
import { NewPasswordPage, SignInPage } from './sign_in_page';
import { Alarms } from './ui/alarms';
import { asProblem, ProblemNote } from './ui/problem';
import { SignInAgain, SignInNotice } from './ui/sign_in_again';

effect(() => {
  speakLanguage(languageTag(language.value));
  document.title = t('app.title');
});
whenSignedOut((why) => {
  const who = me.peek();
  const stays = who !== null && place.peek().page === 'session' &&
    keepsPicture(why.code, signInOver.peek() !== null, Date.parse(who.until) - serverNow_ms(), sinceServed_ms());
  batch(() => {
    signInOver.value = stays || why.code === 'account.sign_in_over' ? why : null;
    if (!stays) me.value = null;
  });
});

export function Waiting({ problem, again }: { problem: Problem | null; again?: () => void }) {
  return (
    <main class="page page-centre">
      {problem ? (
        <div class="card">
          <h1 class="card-title">Cordon</h1>
          <ProblemNote problem={problem} />
          {again && <button type="button" class="button button-main" onClick={again}>{t('app.retry')}</button>}
        </div>
      ) : <p class="muted" role="status">{t('app.loading')}</p>}
    </main>
  );
}

function OneSession({ id, at }: { id: string; at: string | null }) {
  const [info, setInfo] = useState<SessionInfo | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = (): void => {
    setProblem(null);
    api.sessions().then((all) => {
      const found = all.find((s) => s.id === id);
      if (found) setInfo(found);
      else setProblem(new Problem(404, { code: 'session.unknown', reason: t('sessions.none'), detail: id }));
    }, (e: unknown) => setProblem(asProblem(e)));
  };
  useEffect(load, [id]);
  if (info) return <RoomPage info={info} at={at} />;
  return signInOver.value ? <SignInPage /> : <Waiting problem={problem} again={load} />;
}

export function App() {
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const who = (): void => {
    setProblem(null);
    api.me().then((m) => { me.value = m; setAsked(true); }, (e: unknown) => {
      const p = asProblem(e);
      if (p.status === 401) setAsked(true);
      else setProblem(p);
    });
  };
  useEffect(who, []);
  const inRoom = place.value.page === 'session';
  return (
    <div class="house">
      <Alarms />
      {!inRoom && <SignInNotice />}
      <div class="house-body"><Page asked={asked} problem={problem} again={who} /></div>
      {dialog.value === 'sign_in' && me.value && <SignInAgain name={me.value.name} />}
    </div>
  );
}

function Page({ asked, problem, again }: { asked: boolean; problem: Problem | null; again: () => void }) {
  if (!asked) return <Waiting problem={problem} again={again} />;
  const here = place.value;
  if (!me.value || (signInOver.value && here.page !== 'session')) return <SignInPage />;
  if (me.value.must_change_password) return <NewPasswordPage />;
  if (here.page === 'settings') return <SettingsPage />;
  if (here.page === 'session') return <OneSession key={here.id} id={here.id} at={here.at} />;
  return <SessionsPage />;
}
