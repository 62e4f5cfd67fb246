import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closePages, look, openBrowser, PAGES, watchedPage } from '../support/browser.ts';
import { type Client, openTestConsole, type TestConsole } from '../support/console.ts';
import { countedQueues } from '../support/counted-queues.ts';
import { memorySupervision } from '../support/memory-supervision.ts';
import { hasPeer } from '../support/peers.ts';
import { poorContrasts } from './rendered-contrast.ts';

/* The reports page in a browser, over counts in a database. */

const DAY = 86_400_000;
const MINUTE = 60_000;

describe.skipIf(!hasPeer('chromium'))('the reports page', () => {
  let bank: TestConsole;
  let browser: Browser;
  let boss: Client;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    const days = Array.from({ length: 5 }, (_, n) => Date.now() - n * DAY);
    bank = await openTestConsole({
      pages: PAGES,
      supervision: memorySupervision(Date.now),
      reports: (storage) =>
        countedQueues(
          storage,
          days.flatMap((at, n) =>
            ['cards', 'loans', 'wealth'].map((name) => ({
              name,
              at,
              joined: 1_240 - n,
              short_abandoned: 10,
              abandoned: 50,
              answered: 1_100,
              answered_within: 900,
              wait_ms: 1_100 * 14_000,
              longest_wait_ms: 61 * MINUTE,
              handled: 1_100,
              talk_ms: 1_100 * 200_000,
            })),
          ),
          days.flatMap((at) =>
            ['chen', 'li', 'qian'].map((name) => ({
              name,
              at,
              offers: 40,
              handled: 38,
              missed: 2,
              talk_ms: 240 * MINUTE,
              signed_in_ms: 480 * MINUTE,
              break_ms: 45 * MINUTE,
            })),
          ),
          { chen: ['cards', 'loans'], li: ['cards'], qian: ['wealth'] },
        ),
    });
    boss = await bank.client('boss', ['supervisor'], { queues: ['cards', 'loans'] });
  });
  afterEach(async () => {
    await closePages(browser);
    await bank[Symbol.asyncDispose]();
  });

  test('shows the own queues by day, newest first, and the agents; as a file as well', async () => {
    const { page, elsewhere, broken } = await watchedPage(browser, bank.web.address, { cookie: boss.cookie });
    await page.goto(`${bank.web.address}/console/reports`);
    const rows = page.getByRole('row').filter({ hasText: /cards|loans/ });
    await rows.first().waitFor();
    expect(await rows.count()).toBe(10);
    const first = await rows.allInnerTexts();
    expect(first[0]).toMatch(/cards\s.*1,230\s.*89\.4 %.*0:14.*3:20.*1:01:00/su);
    expect(first[1]).toContain('loans');
    expect(await page.getByText('wealth').count()).toBe(0);
    await look(page, 'reports-en');
    expect(await poorContrasts(page)).toEqual([]);
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as CSV' }).click();
    expect((await downloading).suggestedFilename()).toBe('queue-day.csv');
    await page.getByText('Agents', { exact: true }).click();
    const chen = page.getByRole('row').filter({ hasText: 'chen' }).first();
    await chen.getByText('8:00:00').waitFor();
    expect(await page.getByText('qian').count()).toBe(0);
    await look(page, 'reports-agents-en');
    expect(elsewhere).toEqual([]);
    expect(broken).toEqual([]);
  });

  test('in Chinese, by quarters of an hour', async () => {
    const { page, broken } = await watchedPage(browser, bank.web.address, { locale: 'zh-CN', cookie: boss.cookie });
    await page.goto(`${bank.web.address}/console/reports`);
    await page.getByText('接听率').first().waitFor();
    await look(page, 'reports-zh');
    expect(await poorContrasts(page)).toEqual([]);
    await page.getByText('按 15 分钟').click();
    await page.getByRole('row').filter({ hasText: 'cards' }).first().waitFor();
    await look(page, 'reports-quarters-zh');
    expect(broken).toEqual([]);
  });
});
