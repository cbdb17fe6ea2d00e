// The first administrator signs in with the password printed once and chooses another, in the page itself.
import { launch, open, signIn } from './lib.mjs';

const browser = await launch();
const { page } = await open(browser, { fresh: true });
await page.waitForSelector('input[name=name]');
await signIn(page, process.argv[2]);
await page.waitForSelector('input[name=again]');
await page.fill('input[name=old]', process.argv[2]);
await page.fill('input[name=new]', process.env.CORDON_PASSWORD);
await page.fill('input[name=again]', process.env.CORDON_PASSWORD);
await page.click('button[type=submit]');
await page.waitForSelector('.page-head', { timeout: 15000 });
await browser.close();
