// A refusal, told in words: what happened, where, and what to do.

import { Problem } from '../api/client';
import { t } from '../i18n';

export function problemTexts(p: Problem): { what: string; fix: string } {
  if (p.code === 'net') return { what: t('problem.net'), fix: t('problem.net_fix') };
  if (p.code === 'page') return { what: t('problem.page'), fix: p.detail };
  const where = p.field ? ` (${p.field})` : '';
  const what = p.detail && p.detail !== p.reason ? `${p.reason}: ${p.detail}` : p.reason;
  return { what: (what || t('problem.unnamed', { code: p.code })) + where, fix: p.suggestion };
}

export function ProblemNote({ problem }: { problem: Problem }) {
  const { what, fix } = problemTexts(problem);
  return (
    <div class="problem" role="alert">
      <strong>{what}</strong>
      {fix !== '' && <span>{fix}</span>}
    </div>
  );
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, { code: 'page', detail: String(error) });
}
