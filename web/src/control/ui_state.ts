// What this window shows; nothing here is the venue's state.

import { computed, signal } from '@preact/signals';
import type { Kind } from '../api/plan';
import type { Problem } from '../api/client';
import type { Me } from '../api/state';

export interface Selected {
  kind: Kind;
  id: string;
}

export type DialogName = 'palette' | 'help' | 'books' | 'devices' | 'server' | 'menu' | 'sign_in';
export type Tab = 'chain' | 'map' | 'zones' | 'checkpoints' | 'evening';
export type Layout = 'phone' | 'tablet' | 'desk';
export type LayerName = 'zones' | 'checkpoints' | 'sources' | 'posts' | 'cameras' | 'routes' | 'barriers' | 'base';

export const LAYERS: readonly LayerName[] = ['zones', 'checkpoints', 'sources', 'posts', 'cameras', 'routes', 'barriers', 'base'];

export const me = signal<Me | null>(null);
export const signInOver = signal<Problem | null>(null); // why the page asks to sign in again
export const isAdmin = computed(() => me.value?.role === 'admin' || me.value?.role === 'administrator');
export const mayOperate = computed(() => isAdmin.value || me.value?.role === 'operator');

export const selected = signal<Selected | null>(null);
export const dialog = signal<DialogName | null>(null);
export const tab = signal<Tab>('chain');
export const drawer = signal<'left' | 'right' | null>(null);
export const layout = signal<Layout>('desk');
export const hiddenLayers = signal<ReadonlySet<LayerName>>(new Set());
export const level = signal<number | null>(null); // null: all levels
export const find = signal('');
export const attention = signal(false); // the lists show only what is not normal
export const mapWish = signal<{ fit: boolean; id: string | null; n: number }>({ fit: false, id: null, n: 0 });

const SINGLE_KEYS = 'cordon.single_keys';
export const singleKeys = signal(readSingleKeys());

function readSingleKeys(): boolean {
  try {
    return localStorage.getItem(SINGLE_KEYS) !== 'off';
  } catch {
    return true;
  }
}

export function setSingleKeys(on: boolean): void {
  singleKeys.value = on;
  try {
    localStorage.setItem(SINGLE_KEYS, on ? 'on' : 'off');
  } catch {
    // not kept
  }
}

export function select(kind: Kind, id: string): void {
  selected.value = { kind, id };
  if (layout.peek() === 'tablet') drawer.value = 'right';
  if (layout.peek() === 'phone') tab.value = kind === 'checkpoint' ? 'checkpoints' : 'zones';
}

export function fitMap(): void {
  mapWish.value = { fit: true, id: null, n: mapWish.peek().n + 1 };
}

export function showOnMap(id: string): void {
  mapWish.value = { fit: false, id, n: mapWish.peek().n + 1 };
  if (layout.peek() === 'phone') tab.value = 'map';
  if (layout.peek() === 'tablet') drawer.value = null;
}

export function toggleLayer(name: LayerName): void {
  const next = new Set(hiddenLayers.peek());
  if (!next.delete(name)) next.add(name);
  hiddenLayers.value = next;
}

export function watchLayout(): void {
  const phone = window.matchMedia('(max-width: 719px)');
  const tablet = window.matchMedia('(max-width: 1139px)');
  const look = (): void => {
    layout.value = phone.matches ? 'phone' : tablet.matches ? 'tablet' : 'desk';
  };
  phone.addEventListener('change', look);
  tablet.addEventListener('change', look);
  look();
}
