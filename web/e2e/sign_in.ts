// A sign-in ends: it is said in time, one signs in again in place, and at the end the last picture stays, marked as old. How it
// looks is tried in the demo's room, to which another end is told; that it works, on a server of its own whose clock goes ahead.

import { fileURLToPath } from 'node:url';
import type { Browser, Page, Route } from 'playwright-core';
import { ClockedServer, HOUR_MS } from '../../tests/api/clock.ts';
import { PASSWORD, openSession, passage, post, release } from '../../tests/api/lib.ts';
import { axeFinds, layoutFaults, ok, open, textOf, there, until, LOOKS, type Lang, type Tools } from './lib.ts';

const NOTICE: Record<Lang, RegExp> = { en: /ends at \d\d:\d\d, in (19|20) min\./, zh: /\d\d:\d\d 到期，还剩 (19|20) 分钟/ };
const OVER: Record<Lang, RegExp> = {
  en: /ended at \d\d:\d\d\. The picture is old: its numbers are those of \d\d:\d\d:\d\d, \d+ s ago/,
  zh: /已于 \d\d:\d\d 到期。画面已停止更新：数据停留在 \d\d:\d\d:\d\d（\d+ 秒前）/,
};
const refused = (route: Route) => route.fulfill({ status: 401, json: { code: 'account.sign_in_over', reason: '-', suggestion: '-' } });

async function sound(page: Page): Promise<void> {
  const faults = [...await layoutFaults(page), ...await axeFinds(page)];
  ok(faults.length === 0, faults.join('\n'));
}

// The page is told that its sign-in ends in `left_ms`; after that, that it has ended.
async function endIn(page: Page, left_ms: number): Promise<void> {
  const until_ms = Date.now() + left_ms;
  await page.route('**/api/v1/me', (route) => (Date.now() >= until_ms ? refused(route) : route.fulfill({
    json: { name: 'admin', role: 'administrator', must_change_password: false, until: new Date(until_ms).toISOString() },
  })));
}

async function looks(page: Page, lang: Lang, name: string, shot: Tools['shot']): Promise<void> {
  await endIn(page, 19.5 * 60e3);
  await page.reload();
  await page.waitForSelector('.notice-ends');
  await until('the numbers', async () => /\d/.test(await page.locator('.inside b, .three b').first().textContent() ?? ''));
  ok(NOTICE[lang].test(await textOf(page, '.notice-ends')), await textOf(page, '.notice-ends'));
  await sound(page);
  await shot(page, `${name}-soon`);
  await page.locator('.notice-ends button').click();
  await page.waitForSelector('.again input[name=password]:focus');
  await sound(page);
  await shot(page, `${name}-dialog`);
  await page.unroute('**/api/v1/me');
  await endIn(page, 4000);
  await page.reload();
  await page.waitForSelector('.notice-last', { timeout: 3500 });
  await page.waitForSelector('.notice-over', { timeout: 15000 });
  await until('its age', async () => OVER[lang].test(await textOf(page, '.notice-over')));
  ok((await page.locator('.notice-lost').count()) === 0, 'two bars say that the numbers stand still');
  ok(await page.locator('.room[data-old=true]').count() === 1, 'the picture is not marked as old');
  ok(/\d/.test(await page.locator('.inside b, .three b').first().textContent() ?? ''), 'the last picture is gone');
  await sound(page);
  await shot(page, `${name}-over`);
}

// ---- with a real server ----

const dist = fileURLToPath(new URL('../dist', import.meta.url));

class Night {
  readonly server = new ClockedServer({ binary: release, mqtt: false, args: ['--web', dist] });
  private ahead_ms = 0;
  private seq = 0;

  async begin(): Promise<void> {
    await this.server.account('boss', 'administrator').account('op', 'operator').start();
    await this.server.signIn('boss');
    await openSession(this.server, 'boss', 'night');
  }

  goTo(hours: number): void {
    this.ahead_ms = Math.round(hours * HOUR_MS);
    this.server.setAhead(this.ahead_ms);
  }

  // Whoever looks at the page uses the sign-in all the while.
  async passTo(page: Page, hours: number): Promise<void> {
    for (let h = this.ahead_ms / HOUR_MS + 1.5; h < hours; h += 1.5) {
      this.goTo(h);
      const status = await page.evaluate(async () => (await fetch('/api/v1/me')).status);
      ok(status === 200, `refused after ${h} hours`);
    }
    this.goTo(hours);
  }

  async enter(n: number): Promise<void> {
    await this.server.signIn('boss');
    const at = new Date(Date.now() + this.ahead_ms - 1000).toISOString();
    const answer = await post(this.server, 'boss', 'night', passage('G1-1', ++this.seq, { at, in: n }));
    ok(answer.json.accepted === 1, answer.text);
  }
}

const inside = (page: Page, ppl: string): Promise<unknown> =>
  until(`${ppl} inside`, async () => (await textOf(page, '.inside .big b')) === ppl);
const cookieOf = async (page: Page): Promise<string> => there((await page.context().cookies())[0], 'the cookie').value;

async function enterAsOperator(page: Page): Promise<void> {
  await page.fill('input[name=name]', 'op');
  await page.fill('input[name=password]', PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.room');
}

// Notes if the connection was ever told as lost, even for a moment.
const watchLine = (page: Page): Promise<void> => page.evaluate(() => {
  new MutationObserver(() => {
    if (document.querySelector('.notice-lost, .notice-over')) document.documentElement.dataset.gap = 'yes';
  }).observe(document.body, { childList: true, subtree: true });
});

async function signsInAgain(page: Page, other: Page, night: Night): Promise<void> {
  await night.enter(7);
  await inside(page, '7');
  await watchLine(page);
  await night.passTo(page, 11.4);
  ok((await page.locator('.notice-ends').count()) === 0, 'told too early');
  await night.passTo(page, 11.75);
  for (const p of [page, other]) await p.waitForSelector('.notice-ends', { timeout: 15000 });
  const before = await cookieOf(page);
  await page.keyboard.press('Control+k');
  await page.locator('.palette-input').fill('sign in again');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.again input[name=password]:focus');
  await page.keyboard.type('not the password');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.again .problem');
  await page.locator('.again input[name=password]').fill(PASSWORD);
  await page.keyboard.press('Enter');
  for (const p of [page, other]) await p.waitForSelector('.notice-ends', { state: 'detached' });
  ok((await page.locator('dialog').count()) === 0, 'the dialog stands');
  ok((await cookieOf(page)) !== before, 'the same cookie');
  await night.passTo(page, 12.1); // the first sign-in is over
  await night.enter(4);
  for (const p of [page, other]) await inside(p, '11');
  ok((await page.evaluate(() => document.documentElement.dataset.gap)) === undefined, 'the live view stood still');
}

async function endsAndComesBack(page: Page, night: Night): Promise<void> {
  await night.passTo(page, 24);
  await page.waitForSelector('.notice-over', { timeout: 15000 });
  ok(/ended at \d\d:\d\d\. The picture is old/.test(await textOf(page, '.notice-over')), await textOf(page, '.notice-over'));
  await night.enter(5);
  ok((await textOf(page, '.inside .big b')) === '11', 'another number than the last that was known');
  await page.locator('.notice-over button').focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('.again input[name=password]:focus');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.notice-over', { state: 'detached' });
  await inside(page, '16');
  ok((await page.locator('.room[data-old=true], .notice-lost').count()) === 0, 'still marked as old');
  night.goTo(27); // nobody has used it for long, as after a night's sleep of the computer
  await page.waitForSelector('.notice-over', { timeout: 15000 });
  ok(/not used/.test(await textOf(page, '.notice-over')), await textOf(page, '.notice-over'));
  await page.locator('.notice-over button').click();
  await page.getByRole('button', { name: 'Sign in as somebody else' }).click();
  await page.waitForSelector('.card input[name=name]');
  await enterAsOperator(page);
  await inside(page, '16');
}

export async function signInTests(browser: Browser, { test, room, shot }: Tools): Promise<void> {
  for (const [lang, theme, size] of LOOKS) {
    const name = `again-${lang}-${theme}-${size.join('x')}`;
    await test(`${name}: that the sign-in ends is told, and what is shown after its end is marked as old`, async () => {
      const { page, context } = await room({ lang, theme, size });
      await looks(page, lang, name, shot);
      await context.close();
    });
  }

  await test('one signs in again in place, without a gap, in all windows; after the end the page comes back by the password', async () => {
    const night = new Night();
    try {
      await night.begin();
      const { page, context } = await open(browser, { size: [1440, 900], base: night.server.url, hash: '#/s/night' });
      await enterAsOperator(page);
      const other = await context.newPage();
      await other.goto(page.url());
      await other.waitForSelector('.room');
      await signsInAgain(page, other, night);
      await other.close();
      await endsAndComesBack(page, night);
      await context.close();
      await night.server.stop();
    } finally {
      night.server.end();
    }
  });
}
