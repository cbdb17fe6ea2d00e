// One stop of the Tab key for a whole list; arrows move inside it.

import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const rowsOf = (box: HTMLElement): HTMLElement[] => [...box.querySelectorAll<HTMLElement>('[data-row]')];

function settle(box: HTMLElement, chosen: HTMLElement | undefined): void {
  const rows = rowsOf(box);
  const stop = chosen ?? rows.find((r) => r.tabIndex === 0) ?? rows[0];
  for (const row of rows) row.tabIndex = row === stop ? 0 : -1;
}

export function useRoving<T extends HTMLElement>(): RefObject<T | null> {
  const box = useRef<T | null>(null);
  useLayoutEffect(() => {
    if (box.current) settle(box.current, undefined);
  });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const onFocus = (e: FocusEvent): void => {
      const row = (e.target as HTMLElement).closest<HTMLElement>('[data-row]');
      if (row) settle(element, row);
    };
    const onKey = (e: KeyboardEvent): void => {
      const rows = rowsOf(element);
      const at = rows.indexOf((e.target as HTMLElement).closest<HTMLElement>('[data-row]') as HTMLElement);
      if (at < 0 || e.isComposing) return;
      const last = rows.length - 1;
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last }[e.key];
      if (to === undefined) return;
      e.preventDefault();
      rows[Math.min(last, Math.max(0, to))]?.focus();
    };
    element.addEventListener('focusin', onFocus);
    element.addEventListener('keydown', onKey);
    return () => {
      element.removeEventListener('focusin', onFocus);
      element.removeEventListener('keydown', onKey);
    };
  }, []);
  return box;
}
