// The sessions; where there is just one, straight in. None: how to open one.

import { useEffect, useState } from 'preact/hooks';
import { api, type Problem } from './api/client';
import type { SessionInfo } from './api/state';
import { signOut } from './control/leave';
import { ExerciseBadge, LanguageButton, ThemeButton } from './control/top_bar';
import { isAdmin } from './control/ui_state';
import { named, t } from './i18n';
import { day, hhmm, msOrNull, offsetMinutesOf } from './i18n/time';
import { go, hashOf } from './route';
import { asProblem, ProblemNote } from './ui/problem';

let wentStraightIn = false; // only once: from the room one may come back here

function SessionRow({ s }: { s: SessionInfo }) {
  const time = s.start ?? s.doors ?? s.now;
  const offset = offsetMinutesOf(time);
  const at = msOrNull(time) ?? 0;
  return (
    <li>
      <a class="session-row" href={hashOf({ page: 'session', id: s.id, at: null })}>
        <b>{named(s.event, s.id)}</b>
        <span class="muted">{named(s.name, s.id)} · {s.id}</span>
        <span>{day(at, offset)} {hhmm(at, offset)}</span>
        <span>
          {s.exercise && <ExerciseBadge speed={s.speed} />}{' '}
          <span class="muted">{t(s.closed ? 'sessions.closed' : 'sessions.open')}</span>
        </span>
      </a>
    </li>
  );
}

export function SessionsPage() {
  const [sessions, setSessions] = useState<SessionInfo[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    api.sessions().then((all) => {
      const only = all.length === 1 ? all[0] : undefined;
      if (only && !wentStraightIn) go({ page: 'session', id: only.id, at: null });
      wentStraightIn = true;
      setSessions(all);
    }, (e: unknown) => setProblem(asProblem(e)));
  }, []);
  return (
    <main class="page">
      <header class="page-head">
        <h1>{t('sessions.title')}</h1>
        {isAdmin.value && <a class="text-button" href={hashOf({ page: 'settings' })}>{t('settings.title')}</a>}
        <LanguageButton /><ThemeButton />
        <button type="button" class="text-button" onClick={() => void signOut()}>{t('palette.sign_out')}</button>
      </header>
      {problem && <ProblemNote problem={problem} />}
      {!sessions && !problem && <p class="muted" role="status">{t('app.loading')}</p>}
      {sessions && sessions.length > 0 && <ul class="sessions">{sessions.map((s) => <SessionRow key={s.id} s={s} />)}</ul>}
      {sessions?.length === 0 && (
        <section class="card empty">
          <h2>{t('sessions.none')}</h2>
          <p>{t('sessions.how')}</p>
          <pre tabIndex={0}>{`cordon plan check plan.geojson
curl -X POST ${location.origin}/api/v1/sessions \\
  -H 'Content-Type: application/json' \\
  -d '{"id":"...","plan":{...}}'`}</pre>
        </section>
      )}
    </main>
  );
}
