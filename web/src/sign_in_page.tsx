import { useState } from 'preact/hooks';
import { api, type Problem } from './api/client';
import { LanguageButton, ThemeButton } from './control/top_bar';
import { me, signInOver } from './control/ui_state';
import { t } from './i18n';
import { signIn } from './sign_in_end';
import { asProblem, ProblemNote } from './ui/problem';

function Corner() {
  return <div class="corner"><LanguageButton /><ThemeButton /></div>;
}

export function SignInPage() {
  const [problem, setProblem] = useState<Problem | null>(signInOver.value);
  const [busy, setBusy] = useState(false);
  const send = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    setBusy(true);
    setProblem(null);
    try {
      await signIn(String(data.get('name')), String(data.get('password')));
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="page page-centre">
      <Corner />
      <form class="card" onSubmit={(e) => { e.preventDefault(); void send(e.currentTarget); }}>
        <h1 class="card-title">Cordon</h1>
        <p class="muted">{t('sign_in.product')}</p>
        <label>{t('sign_in.name')}<input name="name" type="text" autocomplete="username" required autofocus /></label>
        <label>{t('sign_in.password')}<input name="password" type="password" autocomplete="current-password" required /></label>
        {problem && <ProblemNote problem={problem} />}
        <button type="submit" class="button button-main" disabled={busy}>{t('sign_in.go')}</button>
        <p class="muted small">{t('sign_in.help')}</p>
      </form>
    </main>
  );
}

export function NewPasswordPage() {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [hint, setHint] = useState('');
  const [busy, setBusy] = useState(false);
  const send = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    const fresh = String(data.get('new'));
    setProblem(null);
    if ([...fresh].length < 10) return setHint(t('password.short'));
    if (fresh !== String(data.get('again'))) return setHint(t('password.differ'));
    setHint('');
    setBusy(true);
    try {
      await api.changePassword(String(data.get('old')), fresh);
      me.value = await api.me();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="page page-centre">
      <Corner />
      <form class="card" onSubmit={(e) => { e.preventDefault(); void send(e.currentTarget); }}>
        <h1 class="card-title">{t('password.title')}</h1>
        <p class="muted">{t('password.why')}</p>
        <label>{t('password.old')}<input name="old" type="password" autocomplete="current-password" required /></label>
        <label>{t('password.new')}<input name="new" type="password" autocomplete="new-password" required minLength={10} /></label>
        <label>{t('password.again')}<input name="again" type="password" autocomplete="new-password" required /></label>
        {hint !== '' && <p class="problem" role="alert"><strong>{hint}</strong></p>}
        {problem && <ProblemNote problem={problem} />}
        <button type="submit" class="button button-main" disabled={busy}>{t('password.go')}</button>
      </form>
    </main>
  );
}
