// Dark or light: what was chosen here, else what the system prefers.

import { signal } from '@preact/signals';

export type Theme = 'dark' | 'light';
const STORED = 'cordon.theme';

export const theme = signal<Theme>('dark');

export function startTheme(): void {
  const system = window.matchMedia('(prefers-color-scheme: light)');
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(STORED);
  } catch {
    chosen = null;
  }
  const asked = new URLSearchParams(location.search).get('theme') ?? chosen;
  const known = asked === 'dark' || asked === 'light' ? asked : null;
  apply(known ?? (system.matches ? 'light' : 'dark'));
  system.addEventListener('change', (e) => {
    if (known === null) apply(e.matches ? 'light' : 'dark');
  });
}

function apply(to: Theme): void {
  theme.value = to;
  document.documentElement.dataset.theme = to;
}

export function setTheme(to: Theme): void {
  apply(to);
  try {
    localStorage.setItem(STORED, to);
  } catch {
    // not kept: the page still works
  }
}
