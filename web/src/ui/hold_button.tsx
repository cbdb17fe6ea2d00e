// A button that acts after being held for a second, by pointer or by Enter or Space: for what other people will feel.

import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';

const HOLD_MS = 1000;

interface Props {
  label: string;
  onHeld: () => void;
  busy?: boolean;
  kind?: 'main' | 'quiet';
  spoken?: string;
}

export function HoldButton({ label, onHeld, busy = false, kind = 'quiet', spoken }: Props) {
  const [holding, setHolding] = useState(false);
  const timer = useRef(0);
  const stop = (): void => {
    window.clearTimeout(timer.current);
    timer.current = 0;
    setHolding(false);
  };
  const start = (): void => {
    if (busy || timer.current) return;
    setHolding(true);
    timer.current = window.setTimeout(() => {
      stop();
      onHeld();
    }, HOLD_MS);
  };
  useEffect(() => stop, []);
  const isKey = (e: KeyboardEvent): boolean => e.key === 'Enter' || e.key === ' ';
  return (
    <button
      type="button" class={`hold hold-${kind}`} data-holding={holding} disabled={busy} title={t('hold.how')}
      aria-label={spoken ? `${spoken}: ${label}` : undefined}
      onPointerDown={(e) => { if (e.button === 0) start(); }}
      onPointerUp={stop} onPointerLeave={stop} onPointerCancel={stop} onBlur={stop}
      onContextMenu={(e) => e.preventDefault()}
      onKeyDown={(e) => { if (isKey(e)) { e.preventDefault(); if (!e.repeat) start(); } }}
      onKeyUp={(e) => { if (isKey(e)) stop(); }}
    >
      <span>{label}</span>
    </button>
  );
}
