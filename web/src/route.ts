// Where the page is, in the address: #/ the sessions, #/s/ID one session, #/s/ID?at=TIME a past moment of it, #/settings.

import { signal } from '@preact/signals';

export type Place = { page: 'sessions' } | { page: 'session'; id: string; at: string | null } | { page: 'settings' };

export function placeOf(hash: string, path = '/', search = ''): Place {
  const raw = hash.startsWith('#/') ? hash.slice(1) : `${path}${search}`;
  const [where = '/', query = ''] = raw.split('?', 2) as [string, string?];
  const m = /^\/s\/([^/]+)\/?$/.exec(where);
  if (m?.[1]) {
    const at = new URLSearchParams(query).get('at') ?? new URLSearchParams(search).get('at');
    return { page: 'session', id: decodeURIComponent(m[1]), at };
  }
  return where === '/settings' ? { page: 'settings' } : { page: 'sessions' };
}

// A plus sign in a time must not turn into a space.
export function hashOf(place: Place): string {
  if (place.page === 'settings') return '#/settings';
  if (place.page === 'sessions') return '#/';
  return `#/s/${encodeURIComponent(place.id)}${place.at ? `?at=${encodeURIComponent(place.at)}` : ''}`;
}

export const place = signal<Place>({ page: 'sessions' });

export function startRoute(): void {
  const look = (): void => {
    place.value = placeOf(location.hash, location.pathname, location.search);
  };
  window.addEventListener('hashchange', look);
  look();
}

export function go(to: Place): void {
  const hash = hashOf(to);
  if (location.hash === hash) return;
  location.hash = hash;
}

// The moment shown is kept in the address without a history entry for each step of the scrubber.
export function noteMoment(id: string, at: string | null): void {
  const hash = hashOf({ page: 'session', id, at });
  if (location.hash !== hash) history.replaceState(null, '', hash);
}
