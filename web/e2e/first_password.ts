// The first administrator signs in with the password printed once and chooses another, in the page itself.
import { launch, open, signIn } from './lib.ts';

const first = process.argv[2] ?? '';
const chosen = process.env.CORDON_PASSWORD ?? '';
const browser = await launch();
const { page } = await open(browser, { fresh: true });
await page.waitForSelector('input[name=name]');
await signIn(page, first);
await page.waitForSelector('input[name=again]');
await page.fill('input[name=old]', first);
await page.fill('input[name=new]', chosen);
await page.fill('input[name=again]', chosen);
await page.click('button[type=submit]');
await page.waitForSelector('.page-head', { timeout: 15000 });
await browser.close();
