import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { closePages, look, openBrowser, watchedPage } from '../support/browser.ts';
import { hasPeer } from '../support/peers.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { codeOf, PASSWORD } from '../support/staff.ts';
import {
  type AuditRow,
  type Detail,
  DIGITS,
  type Found,
  hearing,
  loudestAt,
  nothingStaysChosen,
  openProduct,
  type Product,
  provesInChinese,
  statusByToken,
  verifiedBy,
} from './product.ts';
import { poorContrasts } from './rendered-contrast.ts';

/* The product as the bank's staff has it: one server, one call that it answered and archived, a browser. */

describe.skipIf(!hasPeer('chromium'))('a call in the console of the server that answered it', () => {
  let product: Product;
  let folder = '';
  let server: ServerProcess;
  let browser: Browser;
  let id = '';
  let sipCallId = '';
  let people: Product['people'];

  beforeAll(async () => {
    browser = await openBrowser();
    product = await openProduct();
    ({ folder, server, people, id, sipCallId } = product);
  }, 300_000);
  afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser?.close();
    await product?.[Symbol.asyncDispose]();
  });

  const open = async (who: keyof typeof people, path: string, locale = 'en-GB') => {
    const watched = await watchedPage(browser, server.http, { locale, cookie: people[who].cookie });
    await watched.page.goto(`${server.http}/console/${path}`);
    return watched;
  };
  const search = (query: object) => people.chen.ok<Found>('POST', '/api/archive/search', { query });
  /** One asks in the page, another agrees, the first carries it out. */
  const agree = async (who: keyof typeof people, purpose: string): Promise<void> => {
    const { page } = await open(who, 'requests');
    const row = page.getByRole('row').filter({ hasText: purpose });
    await row.getByRole('button', { name: 'Review' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Agree' }).click();
    await row.getByText('agreed to').waitFor();
    await page.context().close();
  };

  test('from the first sign-in to the call, by words in Chinese and English, with the keyboard alone', async () => {
    const { page, elsewhere, broken } = await watchedPage(browser, server.http, { locale: 'en-GB' });
    await page.goto(`${server.http}/console`);
    const type = async (label: string, text: string): Promise<void> => {
      await page.getByLabel(label, { exact: true }).focus();
      await page.keyboard.type(text);
    };
    await type('Name', 'new');
    await type('Password', PASSWORD);
    await page.keyboard.press('Enter');
    const secret = (await page.locator('code').first().innerText()).replaceAll(/\s/g, '');
    await type('Code', codeOf(secret, Date.now()));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'I have kept them' }).press('Enter');
    for (const [label, text] of [
      ['Current password', PASSWORD],
      ['New password', 'a password of my own'],
      ['New password again', 'a password of my own'],
    ] as const)
      await type(label, text);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Find recordings' }).waitFor();
    for (const [words, count] of [
      ['余额', '1 recording'],
      ['zebra', '0 recordings'],
      ['"opening hours"', '1 recording'],
    ] as const) {
      await page.getByLabel('Words said').fill('');
      await type('Words said', words);
      await page.keyboard.press('Enter');
      await page.getByText(count, { exact: true }).waitFor();
    }
    await page.getByRole('row').nth(1).getByRole('link').focus();
    await page.keyboard.press('Enter');
    await page.getByText('What do you need it for?').waitFor();
    await type('Purpose', 'a complaint about the menu');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Verify now' }).press('Enter');
    await page.getByText('Genuine and complete').waitFor();
    await page.getByText('Every second between answer and end').waitFor();
    // what was keyed in secret: greyed in the wave, told on the time line, nowhere to be read
    await page.getByText('not recorded: secret entry').first().waitFor();
    expect(await page.locator('.wave-span').count()).toBeGreaterThan(0);
    expect(await page.content()).not.toContain(DIGITS);
    await page.getByRole('slider').first().focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.evaluate(() => document.querySelector('audio')?.currentTime ?? 0)).toBeGreaterThan(0);
    await look(page, 'product-recording-en');
    expect(await poorContrasts(page)).toEqual([]);
    expect(elsewhere).toEqual([]);
    expect(broken.filter((text) => !text.includes('401'))).toEqual([]);
  });

  test('the bot is heard in the second channel, silence in the secret entry; a seek asks for a range, and each is in the audit trail', async () => {
    const { page } = await open('chen', `recordings/${id}`, 'zh-CN');
    await page.getByLabel('目的').fill('客户投诉菜单');
    await page.getByRole('button', { name: '打开录音' }).click();
    await page.waitForFunction(() => (document.querySelector('audio')?.readyState ?? 0) >= 1);
    const { grant } = await people.chen.ok<{ grant: string }>('POST', `/api/archive/recordings/${id}/access`, {
      action: 'recording.play',
      purpose: 'where the bot speaks',
      ticket: '',
    });
    const detail = await people.chen.ok<Detail>('GET', `/api/archive/recordings/${id}?grant=${grant}`);
    const spoken = detail.transcript.findLast(({ role, text }) => role === 'bot' && text.includes('余额'));
    const secret = detail.spans.find(({ kind }) => kind === 'masked');
    const ranged = page.waitForRequest(
      (request) => request.url().includes('audio.wav') && /^bytes=[1-9]/.test(request.headers()['range'] ?? ''),
      { timeout: 15_000 },
    );
    const bot = await loudestAt(page, (spoken?.fromMs ?? 0) + 300);
    expect(bot[1]).toBeGreaterThan(0.02);
    expect(bot[0]).toBeLessThan(0.01);
    const masked = await loudestAt(page, ((secret?.fromMs ?? 0) + (secret?.toMs ?? 0)) / 2);
    expect(masked[0]).toBeLessThan(0.01);
    await ranged.catch(() => undefined); // a short call is one buffer: the range is asked for by hand
    const part = await people.chen.send('GET', `/api/archive/recordings/${id}/audio.wav?grant=${grant}`, undefined, {
      range: 'bytes=16044-32043',
    });
    expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 16_000]);
    const { rows } = await people.aud.ok<{ rows: readonly AuditRow[] }>('GET', '/api/staff/audit');
    expect(rows).toContainEqual(
      expect.objectContaining({
        action: 'recording.play',
        result: 'allowed',
        purpose: 'where the bot speaks',
        detail: expect.objectContaining({ what: 'audio', range: 'bytes=16044-32043' }),
      }),
    );
    await provesInChinese(page);
    await look(page, 'product-recording-zh');
  });

  test('an export: asked for, agreed to by another, ready, fetched, and proved by nothing but Node', async () => {
    const purpose = 'request of the court, file 12';
    const { page } = await open('li', `recordings/${id}`);
    await page.getByLabel('Purpose').fill(purpose);
    await page.getByRole('button', { name: 'Open the recording' }).click();
    await page.getByText('This access is without audio.').waitFor();
    await page.getByRole('button', { name: 'Ask for the export' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Purpose').fill(purpose);
    await dialog.getByLabel('Ticket or case').fill('C-12');
    await dialog.getByRole('button', { name: 'Ask for the export' }).click();
    await page.getByText('Asked for. Somebody else').waitFor();
    await agree('chen', purpose);
    await page.goto(`${server.http}/console/requests`);
    await page.getByRole('button', { name: 'Carry out' }).click();
    await page.getByRole('link', { name: 'Download the bundle' }).first().waitFor();
    await page.goto(`${server.http}/console/exports`);
    const link = page.getByRole('link', { name: 'Download the bundle' });
    await link.waitFor();
    await look(page, 'product-exports-en');
    const downloading = page.waitForEvent('download');
    await link.click();
    const file = join(folder, 'bundle.zip');
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`${id}.zip`);
    await download.saveAs(file);
    const proved = await verifiedBy(file, join(folder, 'bundle'));
    expect([proved.status, proved.stderr]).toEqual([0, '']);
    expect(proved.stdout).toContain(id);
    expect((await people.chen.send('GET', '/api/archive/exports')).status).toBe(200);
    expect(await people.chen.ok('GET', '/api/archive/exports')).toEqual({ exports: [] });
    const { rows } = await people.aud.ok<{ rows: readonly AuditRow[] }>('GET', '/api/staff/audit');
    expect(
      rows
        .filter(({ action }) => action.includes('export'))
        .map(({ action, result, purpose: why }) => [action, result, why]),
    ).toEqual([
      ['export.download', 'allowed', purpose],
      ['recording.export', 'done', purpose],
      ['recording.export', 'allowed', purpose],
    ]);
  });

  test('a hold takes effect at once, destruction stays refused, and the release needs two', async () => {
    const { page } = await open('li', 'holds');
    await page.getByRole('button', { name: 'Place a hold' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Case').fill('C-2026-7');
    await dialog.getByLabel('Reason').fill('a dispute about the menu');
    await dialog.getByLabel('Recordings, one id per line').fill(id);
    await dialog.getByRole('button', { name: 'Place a hold' }).click();
    await page.getByRole('row').filter({ hasText: 'C-2026-7' }).waitFor();
    expect((await search({ held: true })).count).toBe(1);
    await nothingStaysChosen((await open('li', 'search')).page, id);

    const order = { action: 'recording.destroy', targets: [id], terms: {}, purpose: 'to be forgotten', ticket: '' };
    await people.zhou.ok('POST', '/api/archive/requests', order);
    await agree('chen', 'to be forgotten');
    const privacy = await open('zhou', 'requests');
    await privacy.page.getByRole('button', { name: 'Carry out' }).click();
    await privacy.page.locator('.ant-modal-confirm-title', { hasText: '1 recording stays as before:' }).waitFor();
    await look(privacy.page, 'product-refused-en');
    expect(await search({})).toMatchObject({ count: 1, recordings: [{ state: 'VERIFIED' }] });

    await page.getByRole('button', { name: 'Ask for the release' }).click();
    await page.getByRole('dialog').getByLabel('Purpose').fill('the dispute is settled');
    await page.getByRole('dialog').getByRole('button', { name: 'Ask for the release' }).click();
    await agree('chen', 'the dispute is settled');
    await page.goto(`${server.http}/console/requests`);
    await page
      .getByRole('row')
      .filter({ hasText: 'the dispute is settled' })
      .getByRole('button', { name: 'Carry out' })
      .click();
    await page.getByText('Carried out.').waitFor();
    expect((await search({ held: true })).count).toBe(0);
  });

  test('completeness: what the switch says is compared with what we have; the report is signed', async () => {
    const { page } = await open('aud', 'completeness');
    await page.getByText('have not been compared yet').waitFor();
    await writeFile(
      join(folder, 'cdr.csv'),
      `call_id,start,billsec\n${sipCallId},${Math.round(Date.now() / 1000)},1\nlost-call@pbx,${Math.round(Date.now() / 1000)},60\n`,
    );
    await page.locator('input[type=file]').setInputFiles(join(folder, 'cdr.csv'));
    await page.getByText('2 calls were compared').waitFor();
    await page.getByText('unknown here').waitFor();
    expect(await page.getByText('lost-call@pbx').count()).toBe(1);
    await look(page, 'product-completeness-en');
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download the signed report' }).first().click();
    const report = JSON.parse(await readFile(await (await downloading).path(), 'utf8')) as { report: string };
    expect(JSON.parse(report.report)).toMatchObject({ compared: 2, by: 'aud', unknown_here_lines: [3] });
    expect(await poorContrasts(page)).toEqual([]);
  });

  test('an administrator keeps the accounts and hears nothing, whatever else lies about', async () => {
    const { grant } = await people.chen.ok<{ grant: string }>('POST', `/api/archive/recordings/${id}/access`, {
      action: 'recording.play-clear',
      purpose: 'a complaint',
      ticket: 'T-1',
    });
    for (const [method, path, body] of hearing(id, grant)) {
      const reply = await people.adm.send(method, path, body);
      expect([path, reply.status]).toEqual([path, 403]);
      expect(reply.headers.get('content-type')).toContain('application/json');
    }
    expect(await statusByToken(product, `/api/archive/recordings/${id}/audio.wav?grant=${grant}`)).toBe(401);
    const { page } = await open('adm', '');
    await page.getByRole('heading', { level: 1, name: 'Completeness' }).waitFor();
    expect(await page.getByRole('navigation').getByRole('link').allInnerTexts()).toEqual([
      'Completeness',
      'Staff accounts',
    ]);
    await page.goto(`${server.http}/console/recordings/${id}`);
    await page.getByText('There is nothing here').waitFor();
    expect(await page.locator('audio').count()).toBe(0);
  });
});
