// For administrators: accounts, device tokens (the secret is shown once), the audit chain. Plain on purpose.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api, type Audit, type AuditEntry, type Problem } from '../api/client';
import type { Account, DeviceToken, Role, SessionInfo } from '../api/state';
import { LanguageButton, ThemeButton } from '../control/top_bar';
import { me } from '../control/ui_state';
import { t } from '../i18n';
import { hashOf } from '../route';
import { asProblem, ProblemNote } from '../ui/problem';

const ROLES: Role[] = ['viewer', 'operator', 'planner', 'administrator'];
// In the time of whoever looks.
function when(time: string | null): string {
  if (!time) return t('settings.never');
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}

function what(e: AuditEntry): string {
  const more = Object.entries(e.detail ?? {})
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  return [e.what, e.object, ...more].filter(Boolean).join(' · ');
}

function Table({ label, heads, children }: { label: string; heads: string[]; children: ComponentChildren }) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={label}>
      <table><thead><tr>{heads.map((h) => <th key={h} scope="col">{h}</th>)}</tr></thead><tbody>{children}</tbody></table>
    </div>
  );
}

function Accounts({ fail }: { fail: (e: unknown) => void }) {
  const [list, setList] = useState<Account[]>([]);
  const load = (): void => void api.accounts().then(setList, fail);
  useEffect(load, []);
  const add = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    try {
      await api.newAccount(String(data.get('name')), String(data.get('role')) as Role, String(data.get('password')));
      form.reset();
      load();
    } catch (error) {
      fail(error);
    }
  };
  const turn = (a: Account): void => void api.changeAccount(a.name, { disabled: !a.disabled }).then(load, fail);
  return (
    <section class="settings-section">
      <h2>{t('settings.accounts')}</h2>
      <Table label={t('settings.accounts')}
        heads={[t('settings.name'), t('settings.role'), t('settings.last'), t('settings.state'), t('settings.action')]}>
        {list.map((a) => (
          <tr key={a.name}>
            <th scope="row">{a.name}</th><td>{t(`who.${a.role}`)}</td><td>{when(a.signed_in_at)}</td>
            <td>{t(a.disabled ? 'settings.disabled' : 'settings.enabled')}</td>
            <td>{a.name !== me.value?.name && (
              <button type="button" class="button button-small" onClick={() => turn(a)}>
                {t(a.disabled ? 'settings.enable' : 'settings.disable')}<span class="visually-hidden"> {a.name}</span>
              </button>
            )}</td>
          </tr>
        ))}
      </Table>
      <form class="inline-form" onSubmit={(e) => { e.preventDefault(); void add(e.currentTarget); }}>
        <h3>{t('settings.add')}</h3>
        <label>{t('settings.name')}<input name="name" type="text" required maxLength={64} autocomplete="off" /></label>
        <label>{t('settings.role')}
          <select name="role">{ROLES.map((r) => <option key={r} value={r}>{t(`who.${r}`)}</option>)}</select>
        </label>
        <label>{t('settings.first_password')}
          <input name="password" type="password" required minLength={10} autocomplete="new-password" />
        </label>
        <button type="submit" class="button button-main">{t('settings.add_go')}</button>
      </form>
    </section>
  );
}

function Tokens({ fail }: { fail: (e: unknown) => void }) {
  const [list, setList] = useState<DeviceToken[]>([]);
  const [sessions, setSessions] = useState<SessionInfo[]>([]);
  const [secret, setSecret] = useState('');
  const load = (): void => void api.tokens().then(setList, fail);
  useEffect(() => {
    load();
    api.sessions().then(setSessions, fail);
  }, []);
  const make = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    const devices = String(data.get('devices')).split(',').map((d) => d.trim()).filter((d) => d !== '');
    try {
      const made = await api.newToken(String(data.get('session')), devices, String(data.get('note')));
      setSecret(made.secret ?? made.token ?? '');
      form.reset();
      load();
    } catch (error) {
      fail(error);
    }
  };
  return (
    <section class="settings-section">
      <h2>{t('settings.tokens')}</h2>
      {list.length === 0 ? <p class="muted">{t('settings.none')}</p> : (
        <Table label={t('settings.tokens')}
          heads={['ID', t('settings.token_session'), t('settings.token_devices_short'),
            t('settings.token_made'), t('settings.token_used'), t('settings.action')]}>
          {list.map((k) => (
            <tr key={k.id}>
              <th scope="row">{k.id}</th><td>{k.session}</td><td>{k.devices.join(', ')}</td>
              <td>{when(k.made_at)}</td><td>{when(k.used_at)}</td>
              <td>
                <button type="button" class="button button-small" onClick={() => void api.endToken(k.id).then(load, fail)}>
                  {t('settings.token_end')}<span class="visually-hidden"> {k.id}</span>
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <form class="inline-form" onSubmit={(e) => { e.preventDefault(); void make(e.currentTarget); }}>
        <h3>{t('settings.new_token')}</h3>
        <label>{t('settings.token_session')}
          <select name="session">{sessions.map((s) => <option key={s.id} value={s.id}>{s.id}</option>)}</select>
        </label>
        <label class="wide">{t('settings.token_devices')}
          <input name="devices" type="text" required placeholder="G3-*" autocomplete="off" />
        </label>
        <label>{t('settings.token_note')}<input name="note" type="text" maxLength={200} autocomplete="off" /></label>
        <button type="submit" class="button button-main">{t('settings.token_go')}</button>
      </form>
      {secret !== '' && <p class="secret" role="status"><span>{t('settings.token_secret')}</span><code>{secret}</code></p>}
    </section>
  );
}

function AuditList({ fail }: { fail: (e: unknown) => void }) {
  const [audit, setAudit] = useState<Audit | null>(null);
  useEffect(() => {
    api.audit().then((got) => setAudit(Array.isArray(got) ? { entries: got } : got), fail);
  }, []);
  if (!audit) return null;
  const intact = audit.intact ?? audit.ok;
  const entries = [...(audit.entries ?? [])].reverse();
  return (
    <section class="settings-section">
      <h2>{t('settings.audit')}</h2>
      {intact !== undefined && <p class={intact ? 'muted' : 'tone-critical'}>
        {t(intact ? 'settings.audit_ok' : 'settings.audit_broken')}
      </p>}
      <Table label={t('settings.audit')} heads={[t('settings.audit_at'), t('settings.audit_who'), t('settings.audit_what')]}>
        {entries.map((e) => <tr key={e.number}><td>{when(e.at)}</td><td>{e.who}</td><td>{what(e)}</td></tr>)}
      </Table>
    </section>
  );
}

export function SettingsPage() {
  const [problem, setProblem] = useState<Problem | null>(null);
  const fail = (e: unknown): void => setProblem(asProblem(e));
  return (
    <main class="page">
      <header class="page-head">
        <a class="icon-button" href={hashOf({ page: 'sessions' })} aria-label={t('settings.back')}>←</a>
        <h1>{t('settings.title')}</h1>
        <LanguageButton /><ThemeButton />
      </header>
      {problem && <ProblemNote problem={problem} />}
      <Accounts fail={fail} />
      <Tokens fail={fail} />
      <AuditList fail={fail} />
    </main>
  );
}
