// The banner for what is wrong with the server, the server's sheet and the table of conflicts. What the server says is given
// here; that it says so is tested at the real one (tests/api/health.test.ts).

import type { Page } from 'playwright-core';
import type { Conflict, Conflicts, Trouble, TroubleName } from '../src/api/client';
import { axeFinds, layoutFaults, ok, textOf, there, until, LOOKS, type Lang, type OpenOptions, type Size, type Tools } from './lib.ts';

const SINCE = new Date(Date.now() - 11 * 60e3).toISOString();
type Told = Trouble & { reason: string; suggestion: string };
const trouble = (name: TroubleName, session: string | null, more: Partial<Trouble> = {}): Told =>
  ({ trouble: name, session, since: SINCE, code: 'store.corrupt', reason: '-', suggestion: '-', ...more });
const MQTT = { connections: 41, refused: 3, publishes: 90812, accepted: 90411, duplicate: 371, rejected: 30, dropped: 2, failed: 5 };
const said = (troubles: Trouble[]) => ({
  ok: troubles.length === 0, version: '0.1.0', writable: true, sessions: 1, connections: 12, sockets: 3,
  committed: 91344, commits: 5120, batches_free: 64, checks_waiting: 0, trouble_count: troubles.length, troubles, mqtt: MQTT });
const EACH: Record<TroubleName, Trouble> = {
  disk_full: trouble('disk_full', null, { code: 'store.full' }),
  journal_refuses: trouble('journal_refuses', 'demo', { code: 'store.write' }),
  session_left_out: trouble('session_left_out', 'friday-final'),
  snapshot_wrong: trouble('snapshot_wrong', 'demo', { record: 1204411 }),
  journal_damaged: trouble('journal_damaged', 'demo', { record: 8123 }),
};
const WORDS: Record<Lang, Record<TroubleName, RegExp>> = {
  en: { disk_full: /disk is full.*Since \d.*Free space/s,
    journal_refuses: /demo: passages are not being taken.*Since.*restart the server/is,
    session_left_out: /friday-final: could not be brought back.*cordon verify/s, snapshot_wrong: /may be wrong.*Restart the server/s,
    journal_damaged: /damaged at record 8123.*Copy the data folder/s },
  zh: { disk_full: /磁盘已满.*自 .*起.*清理磁盘/s, journal_refuses: /demo：通行记录未被接收.*重启服务/s,
    session_left_out: /friday-final：.*未能恢复.*cordon verify/s, snapshot_wrong: /可能有误.*重启服务/s,
    journal_damaged: /第 8123 条记录处损坏.*复制数据目录/s },
};

const identity = (seq: number) => ({ device: 'N-T1', checkpoint: 'N-ticket', boot: 1, seq });
const conflict = (seq: number, more: Partial<Conflict> = {}): Conflict => ({ ...identity(seq), at: '2026-11-24T18:41:03.250+08:00',
  recorded_at: '2026-11-24T18:52:10.000+08:00', in: 3, out: 0, first: { ...identity(seq),
    at: '2026-11-24T18:31:00.000+08:00', recorded_at: '2026-11-24T18:31:01.000+08:00', in: 1, out: 0 }, ...more });

export async function alarmTests({ test, room, shot }: Tools): Promise<void> {
  const told = async (options: OpenOptions, troubles: Trouble[]) => {
    const opened = await room(options);
    let now = troubles;
    await opened.page.route('**/api/v1/health', (route) => route.fulfill({ json: said(now) }));
    return { ...opened, say: (next: Trouble[]) => { now = next; } };
  };
  const banner = (page: Page) => page.locator('.alarms');

  for (const lang of ['zh', 'en'] as const) {
    for (const theme of ['dark', 'light'] as const) {
      for (const size of [[1920, 1080], [390, 844]] satisfies Size[]) {
        const name = `alarm-${lang}-${theme}-${size.join('x')}`;
        await test(`${name}: what, since when, what to do; nothing covered, and gone when it is over`, async () => {
          const { page, context, say } = await told({ lang, theme, size }, [EACH.disk_full, EACH.journal_refuses]);
          await banner(page).waitFor({ timeout: 15000 });
          for (const one of ['disk_full', 'journal_refuses'] as const) {
            const text = await textOf(page, `.alarm[data-trouble=${one}]`);
            ok(WORDS[lang][one].test(text), `${one}: ${text}`);
          }
          const faults = [...await layoutFaults(page), ...await axeFinds(page)];
          ok(faults.length === 0, faults.join('\n'));
          const [top, low] = [there(await page.locator('.top').boundingBox(), 'the top bar'),
            there(await banner(page).boundingBox(), 'the banner')];
          ok(top.y >= low.y + low.height - 1, 'the banner covers the top bar');
          await shot(page, name);
          say([]);
          await until('the banner to go', async () => (await banner(page).count()) === 0, 15000);
          await context.close();
        });
      }
    }
  }

  await test('every kind of alarm is said in both languages, all at once and on a phone too', async () => {
    for (const lang of ['zh', 'en'] as const) {
      for (const size of [[1280, 720], [390, 844]] satisfies Size[]) {
        const { page, context } = await told({ lang, size }, Object.values(EACH));
        await banner(page).waitFor({ timeout: 15000 });
        for (const [one, words] of Object.entries(WORDS[lang])) {
          const text = await textOf(page, `.alarm[data-trouble=${one}]`);
          ok(words.test(text), `${one}: ${text}`);
        }
        const { height } = there(await banner(page).boundingBox(), 'the banner');
        ok(height <= size[1] * 0.4 + 1, `the banner takes ${height} of ${size[1]} pixels`);
        const faults = [...await layoutFaults(page), ...await axeFinds(page)];
        ok(faults.length === 0, faults.join('\n'));
        await shot(page, `alarm-all-${lang}-${size.join('x')}`);
        await context.close();
      }
    }
  });

  await test('the sheet of the server shows its figures and MQTT', async () => {
    for (const [lang, theme, size] of LOOKS) {
      const { page, context } = await told({ lang, theme, size }, [EACH.snapshot_wrong]);
      await banner(page).waitFor({ timeout: 15000 });
      await page.keyboard.press('Control+k');
      await page.locator('.palette-input').fill(lang === 'zh' ? '服务器' : 'Server');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.dialog-sheet .facts');
      const text = await textOf(page, '.dialog-sheet');
      ok(text.includes('90\u2009411') && /5$/.test(text.match(/补传而断开的连接5|send again5/)?.[0] ?? ''), text);
      const found = await axeFinds(page);
      ok(found.length === 0, found.join('\n'));
      await shot(page, `server-${lang}-${theme}-${size.join('x')}`);
      await context.close();
    }
  });

  await test('conflicts are a table: what came first, what came later; and an empty state', async () => {
    for (const [lang, theme, size] of LOOKS) {
      const { page, context } = await room({ lang, theme, size });
      let list: Conflicts = { count: 0, conflicts: [] };
      await page.route('**/conflicts', (route) => route.fulfill({ json: list }));
      const openBooks = async () => {
        await page.keyboard.press('Control+k');
        await page.locator('.palette-input').fill(lang === 'zh' ? '台账总览' : 'Books');
        await page.keyboard.press('Enter');
        await page.waitForSelector('.conflicts');
      };
      await openBooks();
      await page.locator('.conflicts p').filter({ hasText: lang === 'zh' ? '无。' : 'None.' }).waitFor();
      await page.keyboard.press('Escape');
      list = { count: 300, conflicts: [conflict(8, { first: null }), conflict(9)] };
      await openBooks();
      await page.waitForSelector('.conflicts tbody tr');
      const rows = await page.locator('.conflicts tbody tr').allTextContents();
      ok(rows.length === 2 && ['1 / 9', '18:31:00', '18:41:03', '18:52:10'].every((x) => rows[0]?.includes(x)), rows.join('\n'));
      const found = await axeFinds(page);
      ok(found.length === 0, found.join('\n'));
      await page.locator('.conflicts').scrollIntoViewIfNeeded();
      await shot(page, `conflicts-${lang}-${theme}-${size.join('x')}`);
      await context.close();
    }
  });
}
