// How old a number is. Each text follows the page's one-second clock by itself; nothing around it renders again.

import { useComputed } from '@preact/signals';
import { ageSeconds, now_ms } from '../control/clock';
import { ago, silentFor } from '../control/sentences';
import { msOrNull } from '../i18n/time';
import { t } from '../i18n';

export function Age({ heard_at }: { heard_at: string | null | undefined }) {
  const text = useComputed(() => {
    const seconds = ageSeconds(msOrNull(heard_at), now_ms.value);
    return seconds === null ? t('state.never') : ago(seconds);
  });
  return <span class="age">{text}</span>;
}

export function Silence({ heard_at }: { heard_at: string | null | undefined }) {
  const text = useComputed(() => silentFor(ageSeconds(msOrNull(heard_at), now_ms.value)));
  return <span class="silence">{text}</span>;
}
