import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { Dialog } from '../ui/dialog';
import { commandsFor, type Command } from './commands';
import { useRoom } from './context';
import { dialog } from './ui_state';

export function Palette() {
  const room = useRoom();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const list = commandsFor(room, typed);
  const close = (): void => { dialog.value = null; };
  const run = (c: Command | undefined): void => {
    if (!c) return;
    close();
    window.setTimeout(c.run, 0); // after the focus has gone back
  };
  const onKey = (e: KeyboardEvent): void => {
    if (e.isComposing) return;
    if (e.key === 'ArrowDown') setAt(Math.min(list.length - 1, at + 1));
    else if (e.key === 'ArrowUp') setAt(Math.max(0, at - 1));
    else if (e.key === 'Enter') run(list[at]);
    else return;
    e.preventDefault();
  };
  return (
    <Dialog title={t('palette.title')} onClose={close} kind="palette">
      <input
        type="text" class="palette-input" value={typed} placeholder={t('palette.hint')} aria-label={t('palette.hint')} autofocus
        role="combobox" aria-expanded={list.length > 0} aria-controls="palette-list" autocomplete="off"
        {...(list[at] ? { 'aria-activedescendant': `cmd-${at}` } : {})}
        onInput={(e) => { setTyped(e.currentTarget.value); setAt(0); }} onKeyDown={onKey}
      />
      {list.length > 0 ? (
        <ul id="palette-list" role="listbox" aria-label={t('palette.title')} class="palette-list">
          {list.map((c, i) => (
            <li key={c.key} id={`cmd-${i}`} role="option" aria-selected={i === at} onPointerMove={() => setAt(i)} onClick={() => run(c)}>
              <span>{c.text}</span><span class="muted">{c.kind}</span>
            </li>
          ))}
        </ul>
      ) : <p id="palette-list" class="muted none">{t('palette.none')}</p>}
    </Dialog>
  );
}
