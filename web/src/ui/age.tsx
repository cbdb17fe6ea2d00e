// How old a number is. Each text follows the page's one-second clock by itself; nothing around it renders again.

import { ageSeconds, now_ms } from '../control/clock';
import { ago, silentFor } from '../control/sentences';
import { msOrNull } from '../i18n/time';
import { t } from '../i18n';

// undefined: the number itself has not come yet, so it has no age; null: it has never been heard of.
export function Age({ heard_at }: { heard_at: string | null | undefined }) {
  const seconds = ageSeconds(msOrNull(heard_at), now_ms.value);
  if (heard_at === undefined) return null;
  return <span class="age">{seconds === null ? t('state.never') : ago(seconds)}</span>;
}

export function Silence({ heard_at }: { heard_at: string | null | undefined }) {
  return <span class="silence">{silentFor(ageSeconds(msOrNull(heard_at), now_ms.value))}</span>;
}
