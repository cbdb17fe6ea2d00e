// Keyboard first: F2 map, F6 next pane, / find, ? help, Ctrl-K commands, Esc one level up. Silent while an input
// method composes; the single keys can be turned off.

import { up } from './commands';
import { dialog, drawer, find, layout, singleKeys, tab } from './ui_state';

const panes = (): HTMLElement[] =>
  [...document.querySelectorAll<HTMLElement>('[data-pane]')]
    .filter((p) => p.offsetParent !== null || p.offsetHeight > 0);

function nextPane(back: boolean): void {
  const all = panes();
  if (all.length === 0) return;
  const at = all.findIndex((p) => p.contains(document.activeElement));
  const to = at < 0 ? (back ? all.length - 1 : 0) : (at + (back ? -1 : 1) + all.length) % all.length;
  const pane = all[to] as HTMLElement;
  const stop = pane.querySelector<HTMLElement>('[data-first], [data-row][tabindex="0"], [role="slider"], canvas');
  (stop ?? pane).focus();
}

function focusMap(): void {
  if (layout.peek() === 'phone') tab.value = 'map';
  window.setTimeout(() => document.querySelector<HTMLElement>('.map-canvas canvas')?.focus(), 0);
}

function focusFind(): void {
  if (layout.peek() === 'tablet') drawer.value = 'right';
  if (layout.peek() === 'phone') tab.value = 'zones';
  up();
  window.setTimeout(() => document.querySelector<HTMLElement>('#find')?.focus(), 0);
}

const isTyping = (e: KeyboardEvent): boolean =>
  e.target instanceof HTMLElement && (e.target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName));

function escape(e: KeyboardEvent): boolean {
  if (isTyping(e) && find.peek() !== '') {
    find.value = '';
    return true;
  }
  if (up()) return true;
  if (drawer.peek()) {
    drawer.value = null;
    return true;
  }
  return false;
}

function act(e: KeyboardEvent): boolean {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
    dialog.value = dialog.peek() === 'palette' ? null : 'palette';
    return true;
  }
  if (dialog.peek() || e.ctrlKey || e.metaKey || e.altKey) return false;
  if (e.key === 'F2') return focusMap(), true;
  if (e.key === 'F6') return nextPane(e.shiftKey), true;
  if (e.key === 'Escape') return escape(e);
  if (isTyping(e) || !singleKeys.peek()) return false;
  if (e.key === '/') return focusFind(), true;
  if (e.key === '?') {
    dialog.value = 'help';
    return true;
  }
  return false;
}

export function startKeys(): () => void {
  const onKey = (e: KeyboardEvent): void => {
    if (e.isComposing || e.keyCode === 229) return;
    if (act(e)) e.preventDefault();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}
