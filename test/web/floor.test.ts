import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closePages, look, openBrowser, PAGES, type Watched, watchedPage } from '../support/browser.ts';
import { type Client, openTestConsole, type TestConsole } from '../support/console.ts';
import { type MemorySupervision, memorySupervision } from '../support/memory-supervision.ts';
import { hasPeer } from '../support/peers.ts';
import { poorContrasts } from './rendered-contrast.ts';

/* The supervisor's page in a browser, over a floor in memory. */

describe.skipIf(!hasPeer('chromium'))('the supervisor’s page', () => {
  let bank: TestConsole;
  let supervision: MemorySupervision;
  let browser: Browser;
  let boss: Client;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    supervision = memorySupervision(Date.now);
    bank = await openTestConsole({ pages: PAGES, supervision });
    boss = await bank.client('boss', ['supervisor'], { queues: ['cards', 'loans'] });
  });
  afterEach(async () => {
    await closePages(browser);
    await bank[Symbol.asyncDispose]();
  });
  const enter = async (locale = 'en-GB'): Promise<Watched> => {
    const watched = await watchedPage(browser, bank.web.address, { locale, cookie: boss.cookie });
    await watched.page.goto(`${bank.web.address}/console/floor`);
    return watched;
  };

  test('sees the own queues live, with alarms, and directs them', async () => {
    const { page, elsewhere, broken } = await enter();
    const queue = (name: string) => page.getByRole('row').filter({ hasText: name }).first();
    await queue('cards').getByText('waits too long').waitFor();
    await queue('cards').getByText('75 %').waitFor();
    await queue('loans').getByText('nobody called').waitFor();
    expect(await page.getByText('wealth 5').count()).toBe(0);
    await look(page, 'floor-en');
    expect(await poorContrasts(page)).toEqual([]);
    supervision.change({
      queues: supervision.view().queues.map((each) => ({ ...each, waiting: 17, alarms: ['waiting'] })),
    });
    await queue('cards').getByText('17').waitFor();
    await queue('cards').getByText('many waiting').waitFor();

    const agent = (name: string) => page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) });
    await agent('li').getByRole('button', { name: 'Set the state' }).click();
    await page.getByRole('menuitem', { name: 'Send on a break' }).click();
    await agent('li').getByText('On a break').waitFor();
    await agent('li').getByRole('button', { name: 'Queues…' }).click();
    await page.getByLabel('Level in loans').fill('3');
    await look(page, 'floor-move-en');
    await page.getByRole('button', { name: 'Save' }).click();
    await agent('li').getByText('loans 3').waitFor();
    await page.getByRole('switch', { name: 'Emergency message of cards' }).click();
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.getByText('Emergency in cards: nobody is let in').waitFor();
    await page.getByRole('textbox', { name: 'Message to the agents' }).fill('The card system is down');
    await page.keyboard.press('Enter');
    await page.getByText('Sent').waitFor();
    expect(supervision.told).toEqual([
      'boss sets li break',
      'boss assigns li {"cards":5,"loans":3}',
      'boss emergency cards true',
      'boss says "The card system is down" to cards,loans',
    ]);
    expect(elsewhere).toEqual([]);
    expect(broken).toEqual([]);
  });

  test('in Chinese; an account without queues is told what to do', async () => {
    const { page, broken } = await enter('zh-CN');
    await page.getByText('等待过久').waitFor();
    await look(page, 'floor-zh');
    expect(await poorContrasts(page)).toEqual([]);
    expect(broken).toEqual([]);
    const nobody = await bank.client('nobody', ['supervisor'], { queues: [] });
    const other = await watchedPage(browser, bank.web.address, { cookie: nobody.cookie });
    await other.page.goto(`${bank.web.address}/console/floor`);
    await other.page.getByText('Your account supervises no queue').waitFor();
  });

  test('nobody is listened to without a purpose', async () => {
    const { page } = await enter();
    const row = page.getByRole('row').filter({ has: page.getByText('chen', { exact: true }) });
    await row.getByRole('button', { name: 'Listen in' }).click();
    const begin = page.getByRole('dialog').getByRole('button', { name: 'Begin' });
    expect(await begin.isDisabled()).toBe(true);
    await page.getByLabel('Purpose').fill('help');
    expect(await begin.isDisabled()).toBe(true);
    await page.getByLabel('Purpose').fill('help a new colleague');
    expect(await begin.isEnabled()).toBe(true);
    await look(page, 'floor-monitor-en');
    expect(supervision.told).toEqual([]);
  });

  test('a server that calls no browsers: the desk telephone is called, and the page asks for no telephone of its own', async () => {
    await bank[Symbol.asyncDispose]();
    bank = await openTestConsole({ pages: PAGES, supervision, withoutTelephones: true });
    boss = await bank.client('boss', ['supervisor'], { queues: ['cards'] });
    const { page, broken } = await enter();
    const row = page.getByRole('row').filter({ has: page.getByText('chen', { exact: true }) });
    await row.getByRole('button', { name: 'Listen in' }).click();
    await page.getByLabel('Purpose').fill('help a new colleague');
    await page.getByRole('dialog').getByRole('button', { name: 'Begin' }).click();
    const listening = page.getByRole('region', { name: 'You are on the line of chen' });
    await listening.waitFor();
    expect(await listening.getByText('The line is being set up…').count()).toBe(0);
    await listening.getByText('Whisper', { exact: true }).click();
    await listening.getByText('The agent hears you, the customer does not.').waitFor();
    await listening.getByRole('button', { name: 'Stop listening' }).click();
    await listening.waitFor({ state: 'detached' });
    expect(supervision.told).toEqual(['boss listen chen: help a new colleague', 'boss whisper chen', 'boss stops']);
    expect(broken).toEqual([]);
  });
});
