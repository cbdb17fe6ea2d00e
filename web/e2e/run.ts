// Browser tests of the control room against a running server with a session.
//
//   CORDON_URL, CORDON_USER, CORDON_PASSWORD   where, and who (an administrator or operator)
//   CORDON_SESSION      the session (default: demo)
//   CORDON_DEVICE       "DEVICE CHECKPOINT" that a test passage is posted for (default: the first of the plan)
//   CORDON_RESTART      a command that restarts the server; without it that test is skipped
//   CORDON_PLAN         a plan file, to open a session of its own for silence; without it that test is skipped
//   CORDON_SHOTS        a folder for screenshots
//
// Ends with "N passed, N failed"; exit 1 if any failed.

import { execSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cookie, Page } from 'playwright-core';
import type { State } from '../src/api/state';
import { alarmTests } from './alarms.ts';
import {
  axeFinds, inRoom, launch, layoutFaults, mapReady, ok, open, signIn, textOf, there, until, SESSION, URL_BASE,
  type Notes, type Opened, type OpenOptions, type Size,
} from './lib.ts';
import { signInTests } from './sign_in.ts';

interface GatePlan {
  features: { id: string; properties: { kind: string; stage?: string; devices?: { id: string }[] } }[];
}

const SIZES: Size[] = [[1920, 1080], [1280, 720], [390, 844]];
const only = process.argv[2] ? new RegExp(process.argv[2]) : null;
const shots = process.env.CORDON_SHOTS;
if (shots) mkdirSync(shots, { recursive: true });
let passed = 0;
let failed = 0;
let skipped = 0;
let cookies: Cookie[] | null = null;
const browser = await launch();

async function test(name: string, run: () => Promise<'skip' | void>): Promise<void> {
  if (only && !only.test(name)) return;
  const started = Date.now();
  try {
    if ((await run()) === 'skip') {
      skipped++;
      console.log(`skip  ${name}`);
      return;
    }
    passed++;
    console.log(`ok    ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n      ${String(error instanceof Error ? error.message : error).split('\n').join('\n      ')}`);
  }
}

async function room(options: OpenOptions): Promise<Opened> {
  const opened = await open(browser, { ...options, cookies });
  await inRoom(opened.page);
  return opened;
}

const shot = async (page: Page, name: string): Promise<void> => {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
};
const get = <T>(page: Page, path: string): Promise<T> =>
  page.evaluate(async (p) => (await fetch(p)).json(), `/api/v1/sessions/${SESSION}${path}`);
const stateNow = (page: Page): Promise<State> => get(page, '/state');
const clean = (notes: Notes): void => {
  ok(notes.foreign.length === 0, `asked another host: ${notes.foreign.join(', ')}`);
  ok(notes.errors.length === 0, `console errors: ${notes.errors.join(' | ')}`);
};

{
  const { page, context } = await open(browser, { lang: 'en', size: [1280, 720] });
  await page.waitForSelector('input[name=name]');
  await test('sign-in page: axe finds nothing', async () => {
    const found = await axeFinds(page);
    ok(found.length === 0, found.join('\n'));
    await shot(page, 'sign-in');
  });
  await test('a wrong password is refused with words and a suggestion', async () => {
    await signIn(page, 'not the password');
    await page.waitForSelector('.problem strong');
    ok((await textOf(page, '.problem span')).length > 5, 'no suggestion');
  });
  await signIn(page);
  await page.waitForSelector('input[name=password]', { state: 'detached' });
  await until('the session to be opened and some people to be inside', async () => {
    if ((await page.locator('.room').count()) === 0) await page.reload();
    await page.waitForSelector('.room', { timeout: 3000 });
    return ((await stateNow(page)).inside.ppl ?? 0) > 500;
  }, 30000);
  await inRoom(page);
  cookies = await context.cookies();
  await test('the right one opens the room', async () => ok((await page.locator('.room').count()) === 1, 'no room'));
  await context.close();
}

for (const lang of ['zh', 'en'] as const) {
  for (const theme of ['dark', 'light'] as const) {
    for (const size of SIZES) {
      const name = `${lang}-${theme}-${size.join('x')}`;
      await test(`${name}: whole, quiet, accessible`, async () => {
        const { page, context, notes } = await room({ lang, theme, size });
        if (size[0] > 719) await mapReady(page);
        ok((await page.locator('html').getAttribute('lang'))?.startsWith(lang), 'language');
        ok(await page.locator('.exercise').isVisible(), 'no exercise badge');
        const faults = await layoutFaults(page);
        ok(faults.length === 0, faults.join('\n'));
        await shot(page, name);
        const found = await axeFinds(page);
        ok(found.length === 0, found.join('\n'));
        if (size[0] < 720) {
          for (let tab = 2; tab <= 5; tab++) {
            await page.click(`.tabs button:nth-child(${tab})`);
            if (tab === 2) await mapReady(page);
            await shot(page, `${name}-tab${tab}`);
            const more = [...(await layoutFaults(page)), ...(await axeFinds(page))];
            ok(more.length === 0, `tab ${tab}: ${more.join('\n')}`);
            ok(await page.locator('.exercise').isVisible(), `tab ${tab}: no exercise badge`);
          }
        }
        clean(notes);
        await context.close();
      });
    }
  }
}

await test('details, dialogs and settings: axe finds nothing', async () => {
  const { page, context, notes } = await room({ size: [1920, 1080] });
  await mapReady(page);
  const look = async (name: string) => {
    const found = await axeFinds(page);
    ok(found.length === 0, `${name}: ${found.join('\n')}`);
    await shot(page, `detail-${name}`);
  };
  await page.locator('.checkpoint-row').first().click();
  await page.waitForSelector('.detail .devices');
  await look('checkpoint');
  await page.keyboard.press('Escape');
  await page.locator('.zone-row').first().click();
  await page.waitForSelector('.detail .facts');
  await look('zone');
  await page.keyboard.press('Escape');
  for (const word of ['Books', 'Devices', 'Keyboard']) {
    await page.keyboard.press('Control+k');
    await page.locator('.palette-input').fill(word);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.dialog-sheet');
    await look(word.toLowerCase());
    await page.keyboard.press('Escape');
  }
  await page.evaluate(() => { location.hash = '#/settings'; });
  await page.waitForSelector('.settings-section table');
  await look('settings');
  clean(notes);
  await context.close();
});

await test('the legend explains the signs of the checkpoints', async () => {
  for (const [lang, theme, size, words] of [['zh', 'dark', [1280, 720], ['预预检', '票检票', '安安检', '出出口', '换换区']],
    ['en', 'light', [390, 844], ['PPre-check', 'TTicket', 'SSecurity', 'EExit', 'XTransfer']]] as const) {
    const { page, context, notes } = await room({ lang, theme, size });
    if (size[0] < 720) await page.click('.tabs button:nth-child(2)');
    await mapReady(page);
    await page.getByRole('button', { name: lang === 'zh' ? '图例' : 'Legend' }).click();
    const text = (await textOf(page, '.legend')).replaceAll(' ', '');
    for (const word of words) ok(text.includes(word), `${word} is not in ${text}`);
    const found = [...await layoutFaults(page), ...await axeFinds(page)];
    ok(found.length === 0, found.join('\n'));
    await shot(page, `legend-${lang}`);
    clean(notes);
    await context.close();
  }
});

await test('everything can be reached with the keyboard alone', async () => {
  const { page, context } = await room({ size: [1920, 1080] });
  await mapReady(page);
  const at = () => page.evaluate(() => document.activeElement?.closest('[data-pane]')?.getAttribute('data-pane') ?? '');
  const seen = new Set();
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('F6');
    seen.add(await at());
  }
  for (const pane of ['top', 'map', 'chain', 'lists', 'evening']) ok(seen.has(pane), `F6 never came to ${pane}: ${[...seen]}`);
  await page.keyboard.press('F2');
  await until('F2 to the map', () => page.evaluate(() => document.activeElement?.tagName === 'CANVAS'));
  await page.keyboard.press('/');
  await until('/ to the search', () => page.evaluate(() => document.activeElement?.id === 'find'));
  const name = await page.locator('.checkpoint-row .row-name').first().evaluate((e) => e.firstChild?.textContent ?? '');
  await page.keyboard.type(name);
  await until('the list to narrow', async () => (await page.locator('.checkpoint-row').count()) === 1);
  await page.keyboard.press('Escape');
  await page.locator('.zone-row').first().focus();
  await page.keyboard.press('ArrowDown');
  const second = await page.evaluate(() => document.activeElement?.getAttribute('data-id'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('.detail');
  ok((await textOf(page, '.detail-head')).includes(there(second, 'the second row')), 'Enter opened another zone');
  await page.keyboard.press('Escape');
  await until('Esc back to the lists', async () => (await page.locator('.detail').count()) === 0);
  await page.keyboard.press('?');
  await page.waitForSelector('.keys');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.keys', { state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.waitForSelector('.palette-input:focus');
  await page.keyboard.type('dark and light');
  await until('the palette to find it', async () => (await page.locator('.palette-list [role=option]').count()) === 1);
  await page.keyboard.press('Enter');
  await until('the palette to change the theme', () => page.evaluate(() => document.documentElement.dataset.theme === 'light'));
  await context.close();
});

await test('keys are left alone while an input method composes', async () => {
  const { page, context } = await room({ size: [1280, 720] });
  await page.evaluate(() => window.dispatchEvent(new KeyboardEvent('keydown', { key: '?', isComposing: true, bubbles: true })));
  ok((await page.locator('dialog').count()) === 0, 'a dialog opened');
  await context.close();
});

await test('a passage posted is on the page within two seconds', async () => {
  const { page, context } = await room({ size: [1280, 720] });
  const plan = await get<GatePlan>(page, '/plan');
  const state = await stateNow(page);
  const given = process.env.CORDON_DEVICE?.split(' ');
  const gate = plan.features.find((f) =>
    f.properties.kind === 'checkpoint' && f.properties.stage !== 'exit' && (f.properties.devices ?? []).length > 0);
  const [device, checkpoint] = given ?? [gate?.properties.devices?.[0]?.id ?? 'test', gate?.id ?? 'test'];
  await page.locator(`.checkpoint-row[data-id="${checkpoint}"]`).click();
  const total = async () => (await page.locator('.detail .fact').first().textContent()) ?? '';
  await until('its total', async () => /\d/.test(await total()));
  const before = await total();
  const known = state.devices.find((d) => d.id === device);
  const line = { device, boot: (known?.boot ?? 0) + 7, seq: 1, at: state.at, checkpoint, in: 3, out: 0 };
  const sent = Date.now();
  const answer = await page.evaluate(async ([id, body]) => (await fetch(`/api/v1/sessions/${id}/passages`, {
    method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body,
  })).json(), [SESSION, `${JSON.stringify(line)}\n`]);
  ok(answer.accepted === 1, `not accepted: ${JSON.stringify(answer)}`);
  await until('the number to change', async () => (await total()) !== before, 2000);
  console.log(`      on the page after ${Date.now() - sent} ms`);
  await context.close();
});

// A session of its own, whose devices never speak but for one that speaks once: its time runs so fast that it is silent soon.
await test('a silent checkpoint is hatched and says for how long, never zero', async () => {
  if (!process.env.CORDON_PLAN) return 'skip';
  const plan = JSON.parse(readFileSync(process.env.CORDON_PLAN, 'utf8')) as GatePlan;
  const id = `quiet-${Date.now()}`;
  const { page, context } = await open(browser, { size: [1280, 720], hash: `#/s/${id}`, cookies });
  const ask = <T>(method: string, path: string, type?: string, body?: string): Promise<T> => page.evaluate(async ([m, p, t, b]) => {
    const answer = await fetch(p, { method: m, headers: { 'X-Cordon': '1', ...(t && { 'Content-Type': t }) }, ...(b && { body: b }) });
    return answer.json();
  }, [method, path, type, body] as const);
  const at = '2026-11-24T18:00:00+08:00';
  await ask('POST', '/api/v1/sessions', 'application/json', JSON.stringify({ id, plan, exercise: { speed: 600, at } }));
  const gate = there(plan.features.map((f) => ({ id: f.id, ...f.properties })).find((f) => f.stage === 'security'), 'a checkpoint');
  const device = there(gate.devices?.[0], 'its device').id;
  const passage = JSON.stringify({ device, boot: 1, seq: 1, at, checkpoint: gate.id, in: 7, out: 0 });
  const receipt = await ask<{ accepted: number }>('POST', `/api/v1/sessions/${id}/passages`, 'application/x-ndjson', `${passage}\n`);
  ok(receipt.accepted === 1, JSON.stringify(receipt));
  await until('the device to fall silent', async () => {
    const state = await ask<State>('GET', `/api/v1/sessions/${id}/state`);
    return state.checkpoints.find((c) => c.id === gate.id)?.state === 'silent';
  });
  await page.reload();
  await page.waitForSelector('.room');
  const row = page.locator(`.checkpoint-row[data-id="${gate.id}"]`);
  await until('the row to be hatched', async () => (await row.getAttribute('data-hatched')) === 'true'
    && /silent/.test((await row.textContent()) ?? ''));
  ok((await row.locator('.row-number').count()) === 0, 'a number stands there');
  const never = page.locator('.checkpoint-row').filter({ hasText: /never heard/ });
  ok((await never.count()) > 10, 'devices that never spoke are not told');
  await ask('POST', `/api/v1/sessions/${id}/close`, 'application/json', JSON.stringify({ reason: 'test' }));
  await context.close();
});

await test('the evening line goes back in time and returns', async () => {
  const { page, context, notes } = await room({ size: [1920, 1080] });
  const clock = () => page.locator('.clock').textContent();
  await until('some minutes of history', () => page.evaluate(async (id) => {
    const now = Date.parse((await (await fetch(`/api/v1/sessions/${id}/state`)).json()).at);
    return (await fetch(`/api/v1/sessions/${id}/state?at=${encodeURIComponent(new Date(now - 150_000).toISOString())}`)).ok;
  }, SESSION), 90000);
  notes.errors.length = 0; // moments before the opening were refused, as they should be
  await page.locator('.scrubber').focus();
  await page.keyboard.press('ArrowLeft');
  await page.waitForSelector('.notice-past');
  await until('the past to load', () => page.evaluate(
    () => !/loading/.test(document.querySelector('.notice-past')?.textContent ?? 'loading')));
  ok(page.url().includes('at='), `no moment in the address: ${page.url()}`);
  const then = await clock();
  await new Promise((r) => setTimeout(r, 1500));
  ok((await clock()) === then, 'the clock of a past moment moved');
  const inside = await page.locator('.inside .big b').textContent();
  const found = await axeFinds(page);
  ok(found.length === 0, found.join('\n'));
  await shot(page, 'past');
  const url = page.url();
  await page.getByRole('button', { name: 'Back to live' }).click();
  await until('live again', async () => (await page.locator('.notice-past').count()) === 0);
  ok(!page.url().includes('at='), 'the moment stayed in the address');
  await page.goto('about:blank');
  await page.goto(url);
  await page.waitForSelector('.notice-past');
  await until('the same number from the address alone', async () => (await page.locator('.inside .big b').textContent()) === inside);
  clean(notes);
  await context.close();
});

await test('a lane opens and closes by holding, not by a click', async () => {
  const { page, context } = await room({ size: [1920, 1080] });
  const state = await stateNow(page);
  const gate = state.checkpoints.find((c) => c.lane.length > 1);
  if (!gate || state.closed) return 'skip';
  const lane = there(gate.lane.at(-1), 'a lane');
  await page.locator(`.checkpoint-row[data-id="${gate.id}"]`).click();
  const row = page.locator('.lane').last();
  await row.locator('button').click();
  await new Promise((r) => setTimeout(r, 600));
  ok((await row.getAttribute('data-open')) === String(lane.open), 'a click was enough');
  for (const want of [!lane.open, lane.open]) {
    await row.locator('button:not([disabled])').waitFor(); // the answer to the last one may still be under way
    await row.locator('button').focus();
    await page.keyboard.down('Enter');
    await until('the lane to turn', async () => (await row.getAttribute('data-open')) === String(want), 20000);
    await page.keyboard.up('Enter');
  }
  await context.close();
});

await alarmTests({ test, room, shot });
await signInTests(browser, { test, room, shot });

await test('the page comes back by itself after the server was away', async () => {
  const command = process.env.CORDON_RESTART;
  if (!command) return 'skip';
  const { page, context } = await room({ size: [1280, 720] });
  execSync(command, { stdio: 'inherit' });
  await page.waitForSelector('.notice-lost', { timeout: 15000 });
  await shot(page, 'lost');
  await until('the connection', async () => (await page.locator('.connection-live').count()) === 1
    && (await page.locator('.notice-lost').count()) === 0, 40000);
  await context.close();
});

await browser.close();
console.log(`${URL_BASE}: ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);
