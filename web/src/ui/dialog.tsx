// A modal sheet on the browser's own <dialog>: focus stays inside, Esc closes, focus returns.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  kind?: 'sheet' | 'palette';
}

export function Dialog({ title, onClose, children, kind = 'sheet' }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const d = box.current;
    const before = document.activeElement;
    d?.showModal();
    return () => {
      d?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box} class={`dialog dialog-${kind}`} aria-label={title}
      onCancel={(e) => { e.preventDefault(); onClose(); }}
      onClick={(e) => { if (e.target === box.current) onClose(); }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2>{title}</h2>
          <button type="button" class="icon-button" aria-label={t('app.close')} onClick={onClose}>✕</button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
