// What the browser tests share: one browser, signed-in pages that note every request and console error, small assertions.

import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Cookie, type Page } from 'playwright-core';
import type * as Axe from 'axe-core';

export const URL_BASE = (process.env.CORDON_URL ?? 'http://127.0.0.1:8787').replace(/\/$/, '');
const USER = process.env.CORDON_USER ?? 'admin';
const PASSWORD = process.env.CORDON_PASSWORD ?? '';
export const SESSION = process.env.CORDON_SESSION ?? 'demo';
const EXECUTABLE = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync) ?? '/usr/bin/chromium';
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () => chromium.launch({ executablePath: EXECUTABLE, args: ARGS });

export function ok(condition: unknown, text: string): asserts condition {
  if (!condition) throw new Error(text);
}

// Waits until a question asked of the page is answered with something true; no fixed sleeps.
export async function until<T>(text: string, ask: () => Promise<T>, timeout_ms = 20000): Promise<T> {
  const end = Date.now() + timeout_ms;
  for (;;) {
    const got = await ask().catch(() => null);
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited in vain: ${text}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}

const EXPECTED = /401|GL Driver Message|Autofocus processing|ERR_CONNECTION_REFUSED|WebSocket connection/;

export type Lang = 'zh' | 'en';
export type Theme = 'dark' | 'light';
export type Size = readonly [number, number];

// Both languages, both themes, a desk and a phone, without trying each with each.
export const LOOKS: [Lang, Theme, Size][] = [['zh', 'dark', [1440, 900]], ['en', 'light', [1440, 900]], ['zh', 'light', [390, 844]],
  ['en', 'dark', [390, 844]], ['en', 'dark', [1280, 720]]];

export interface Notes { errors: string[]; foreign: string[] }
export interface Opened { page: Page; context: BrowserContext; notes: Notes }
export interface OpenOptions {
  lang?: Lang; theme?: Theme; size?: Size; hash?: string; cookies?: Cookie[] | null; fresh?: boolean; base?: string;
}

// What a file of tests is given.
export interface Tools {
  test: (name: string, run: () => Promise<'skip' | void>) => Promise<void>;
  room: (options: OpenOptions) => Promise<Opened>;
  shot: (page: Page, name: string) => Promise<void>;
}

// For what must be there: a checked `!`.
export function there<T>(value: T | null | undefined, what: string): T {
  ok(value !== null && value !== undefined, `${what} is missing`);
  return value;
}

export const textOf = async (page: Page, selector: string): Promise<string> => (await page.locator(selector).textContent()) ?? '';

export async function open(browser: Browser, { lang = 'en', theme = 'dark', size = [1920, 1080], hash = '', cookies = null, fresh = false,
  base = URL_BASE }: OpenOptions = {}): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: size[0], height: size[1] }, ignoreHTTPSErrors: true, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', bypassCSP: false,
  });
  if (cookies) await context.addCookies(cookies);
  await context.addInitScript('globalThis.__name ??= (f) => f'); // tsx marks the functions that are sent to the page with it
  const page = await context.newPage();
  const notes: Notes = { errors: [], foreign: [] };
  const home = new URL(base).host;
  page.on('console', (m) => { if (m.type() === 'error' && !EXPECTED.test(m.text())) notes.errors.push(m.text()); });
  page.on('pageerror', (e) => notes.errors.push(e.message));
  page.on('request', (r) => {
    const u = new URL(r.url());
    if (/^(https?|wss?):$/.test(u.protocol) && u.host !== home) notes.foreign.push(r.url());
  });
  await page.goto(`${base}/?lang=${lang}&theme=${theme}${hash || (fresh ? '' : `#/s/${SESSION}`)}`);
  return { page, context, notes };
}

export async function signIn(page: Page, password = PASSWORD, user = USER): Promise<void> {
  await page.fill('input[name=name]', user);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
}

export async function inRoom(page: Page): Promise<void> {
  await page.waitForSelector('.room');
  await until('the first number', () => page.evaluate(() => /\d/.test(document.querySelector('.inside b, .three b')?.textContent ?? '')));
}

export const mapReady = (page: Page) => page.waitForSelector('.map-canvas[data-ready]', { timeout: 45000 });

export async function axeFinds(page: Page): Promise<string[]> {
  // The page's CSP forbids foreign scripts in its own world, so axe comes in by the debugger.
  await page.evaluate(axe);
  const result = await page.evaluate(() => (window as unknown as { axe: typeof Axe }).axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'],
  }));
  return result.violations.map((v) =>
    `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
}

// Panels must not lie on each other, and no text may be cut off or run out of the window.
export const layoutFaults = (page: Page): Promise<string[]> => page.evaluate(() => {
  const faults: string[] = [];
  const box = (e: Element) => e.getBoundingClientRect();
  const shown = [...document.querySelectorAll(
    '.top, .panel, .foot, .tabs, .phone > .three, .phone-body, .map-buttons')]
      .filter((e) => box(e).height > 0);
  for (const [i, one] of shown.entries()) {
    for (const other of shown.slice(i + 1)) {
      const [a, b] = [box(one), box(other)];
      if (one.contains(other) || other.contains(one)) continue;
      const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (w > 1 && h > 1) faults.push(`${one.className} lies on ${other.className}`);
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push('the page is wider than the window');
  const whole = '.stage b, .stage dd, .stage dt, .stage-lanes span, .all-in b, .all-in strong, '
    + '.inside b, .inside-marks span, .clock, .exercise, '
    + '.three b, .tabs button, .phase-words span, .evening-key span, .button, .hold span, .row-number, .row-silent .silence, h2, h3';
  for (const e of document.querySelectorAll(whole)) {
    const b = box(e);
    if (b.width === 0 || e.closest('.visually-hidden')
      || getComputedStyle(e).overflow === 'visible' && e.scrollWidth <= e.clientWidth) continue;
    if (e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1) faults.push(`cut: ${e.className || e.tagName} "${e.textContent}"`);
  }
  for (const e of document.querySelectorAll('.stage, .all-in, .inside')) {
    for (const c of e.querySelectorAll('b, dd, dt, span, p, button')) {
      const [o, i] = [box(e), box(c)];
      if (i.width > 1 && !c.closest('.visually-hidden') && (i.right > o.right + 1 || i.left < o.left - 1 || i.bottom > o.bottom + 1)) {
        faults.push(`runs out of its card: "${c.textContent}"`);
      }
    }
  }
  return faults;
});
