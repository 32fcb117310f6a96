// Drives the confirmation page in Chromium at phone size, with and without scripts.
// Settings: PAGE_URL (a link with two tasks nobody has answered), PLAIN_URL (another one), PHOTO (a
// file of some megabytes), SHOTS (a folder for screenshots), CHROMIUM (default /usr/bin/chromium).
// Prints a line for each thing that it saw; ends with 1 and the reason when something is not right.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const { PAGE_URL, PLAIN_URL, PHOTO, SHOTS, CHROMIUM = '/usr/bin/chromium' } = process.env;
const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const SMALLEST_TARGET = 48;

fs.mkdirSync(SHOTS, { recursive: true });
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

function say(what) {
  console.log('ok: ' + what);
}
async function open(url, options = {}) {
  const context = await browser.newContext({ ...PHONE, locale: 'de-DE', timezoneId: 'Europe/Berlin', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  const faults = [];
  page.on('console', (line) => {
    if (line.type() === 'error' && !/Failed to load resource/.test(line.text())) {
      faults.push(line.text());
    }
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(url);
  return { context, page, faults };
}
async function shot(page, name, fullPage = true) {
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage });
}
async function axe(page, what) {
  // By the debugger, which the page's own policy for scripts does not hold back.
  await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  const bad = found.violations.filter((each) => ['serious', 'critical'].includes(each.impact));
  assert.deepEqual(bad.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(' ')}`), [], what);
  const contrast = await page.evaluate(() => window.axe.run(document, { runOnly: ['color-contrast-enhanced'], rules: { 'color-contrast-enhanced': { enabled: true } } }));
  assert.deepEqual(contrast.violations.flatMap((each) => each.nodes.map((node) => node.html)), [], what + ', 7:1');
  say(`axe finds nothing serious, contrast is 7:1: ${what}`);
}
async function targets(page) {
  const small = await page.evaluate((least) => [...document.querySelectorAll('button, textarea, input:not([type=hidden]), a.button')]
    .filter((each) => each.offsetParent && each.getBoundingClientRect().height < least)
    .map((each) => each.outerHTML), SMALLEST_TARGET);
  assert.deepEqual(small, []);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, 'nothing to be scrolled sideways');
}
const first = (page) => page.locator('article').first();
const second = (page) => page.locator('article').nth(1);

async function withoutScript() {
  const { context, page } = await open(PLAIN_URL, { javaScriptEnabled: false });
  await shot(page, 'plain-1-opened');
  await page.getByRole('button', { name: 'Erhalt bestätigen' }).click();
  await page.getByText('Erhalt bestätigt').waitFor();
  await first(page).locator('textarea').fill('Dichtung bestellt.');
  await first(page).getByRole('button', { name: 'Arbeit beginnen' }).click();
  await first(page).getByText('In Arbeit').waitFor();
  await first(page).getByText('Dichtung bestellt.').waitFor();
  await first(page).locator('input[type=file]').setInputFiles(PHOTO);
  await first(page).getByRole('button', { name: 'Foto senden' }).click();
  await first(page).locator('.photos img').waitFor();
  await second(page).locator('input[type=file]').setInputFiles({
    name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('this is no photo'),
  });
  await second(page).getByRole('button', { name: 'Foto senden' }).click();
  await page.locator('#message').getByText('kann nicht verwendet werden').waitFor();
  await shot(page, 'plain-2-refused', false);
  await page.goto(PLAIN_URL);
  await first(page).getByRole('button', { name: 'Als erledigt melden' }).click();
  await page.locator('article.done').first().waitFor();
  await shot(page, 'plain-3-done');
  await context.close();
  say('without scripts: confirmed, begun with a note, photo sent, wrong file refused, done');
}

async function withScript() {
  const { context, page, faults } = await open(PAGE_URL);
  let loads = 0;
  page.on('domcontentloaded', () => { loads++; });
  await targets(page);
  await axe(page, 'as opened');
  await shot(page, 'script-1-opened');
  await page.getByRole('button', { name: 'Erhalt bestätigen' }).click();
  await page.getByText('Erhalt bestätigt').waitFor();
  await second(page).locator('textarea').fill('half written');
  await first(page).locator('textarea').fill('Ventil ist zu.');
  await first(page).getByRole('button', { name: 'Arbeit beginnen' }).click();
  await first(page).getByText('Ventil ist zu.').waitFor();
  assert.equal(await second(page).locator('textarea').inputValue(), 'half written');
  say('with scripts: confirmed and begun, what was being written is still there');

  const line = await context.newCDPSession(page);
  const speed = (bytesPerSecond) => line.send('Network.emulateNetworkConditions', {
    offline: false, latency: 100, downloadThroughput: bytesPerSecond, uploadThroughput: bytesPerSecond,
  });
  const size = fs.statSync(PHOTO).size;
  await line.send('Network.enable');
  await speed(size / 8);
  const shares = new Set();
  await first(page).locator('input[type=file]').setInputFiles(PHOTO);
  const bar = first(page).locator('progress');
  await bar.waitFor();
  let pictured = false;
  while (await first(page).locator('.photos img').count() === 0) {
    const share = await bar.evaluate((each) => each.value, null, { timeout: 200 }).catch(() => -1);
    if (share >= 0) {
      shares.add(share);
    }
    if (share > 30 && !pictured) {
      pictured = true;
      await first(page).locator('.photo').scrollIntoViewIfNeeded();
      await shot(page, 'script-2-progress', false);
      await axe(page, 'while a photo is sent');
    }
    await page.waitForTimeout(100);
  }
  const between = [...shares].filter((each) => each > 0 && each < 100);
  assert.ok(between.length >= 3, 'progress was seen to go on: ' + [...shares]);
  say(`a photo of ${(size / 1e6).toFixed(1)} MB on a slow line, with progress: ${between.join(', ')} %`);
  await line.send('Network.emulateNetworkConditions', {
    offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1,
  });

  await context.setOffline(true);
  await first(page).locator('textarea').fill('Im Keller gemacht.');
  await first(page).getByRole('button', { name: 'Als erledigt melden' }).click();
  await first(page).getByText('Warten auf Verbindung').waitFor();
  await second(page).locator('input[type=file]').setInputFiles(PHOTO);
  await second(page).getByText('Warten auf Verbindung').waitFor();
  await axe(page, 'while it waits for a connection');
  await first(page).getByText('Warten auf Verbindung').scrollIntoViewIfNeeded();
  await shot(page, 'script-3-waiting', false);
  assert.equal(loads, 0, 'the page was not loaded again');
  await context.setOffline(false);
  await page.locator('article.done').first().waitFor();
  await second(page).locator('.photos img').waitFor();
  assert.equal(await first(page).getByText('Im Keller gemacht.').count(), 1);
  assert.equal(await second(page).locator('.photos img').count(), 1);
  say('what was said and photographed offline was sent once when the line came back');

  // The answer is lost on the way: the call goes out again, with the key that it had.
  let lost = 0;
  await page.route('**/task/*', async (route) => {
    if (lost++ === 0) {
      await route.fetch({ maxRedirects: 0 });
      await route.abort();
    } else {
      await route.continue();
    }
  });
  await second(page).locator('textarea').fill('Nur einmal.');
  await second(page).getByRole('button', { name: 'Arbeit beginnen' }).click();
  await second(page).getByText('In Arbeit').waitFor();
  assert.ok(lost >= 2);
  assert.equal(await second(page).getByText('Nur einmal.').count(), 1);
  await page.unroute('**/task/*');
  say('an answer that was lost on the way doubled nothing');

  await second(page).locator('input[type=file]').setInputFiles({
    name: 'photo.heic', mimeType: 'image/heic', buffer: Buffer.from('this is no photo'),
  });
  await page.locator('#message').getByText('HEIC').waitFor();
  say('a photo that cannot be used is refused in words');
  await axe(page, 'with a message and photos');
  await page.evaluate(() => scrollTo(0, 0));
  await shot(page, 'script-4-done');
  await page.emulateMedia({ colorScheme: 'dark' });
  await axe(page, 'dark');
  await shot(page, 'script-5-dark');
  assert.equal(loads, 0, 'the page was not loaded again');
  assert.deepEqual(faults, []);
  await context.close();
}

async function reloadWhileWaiting() {
  const { context, page } = await open(PAGE_URL);
  await page.route('**/task/**', (route) => route.abort());
  await second(page).locator('textarea').fill('Nach dem Neuladen.');
  await second(page).getByRole('button', { name: 'Als erledigt melden' }).click();
  await second(page).getByText('Warten auf Verbindung').waitFor();
  await page.unroute('**/task/**');
  await page.reload();
  await second(page).getByText('Nach dem Neuladen.').waitFor();
  assert.equal(await second(page).getByText('Nach dem Neuladen.').count(), 1);
  await context.close();
  say('what waited was sent after the page was opened again');
}

async function notValid() {
  const { context, page } = await open(PAGE_URL.replace(/[^/]+$/, 'AAAAAAAAAAAAAAAAAAAAAA'), { locale: 'zh-CN' });
  await page.getByText('此链接无效').waitFor();
  await axe(page, 'not valid');
  await shot(page, 'invalid');
  await context.close();
  say('a link that is not valid says so');
}

try {
  await withoutScript();
  await withScript();
  await reloadWhileWaiting();
  await notValid();
} catch (failure) {
  console.error(failure);
  process.exitCode = 1;
} finally {
  await browser.close();
}
