import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closePages, look, openBrowser, PAGES, type Watched, watchedPage } from '../support/browser.ts';
import { type Client, openTestConsole, type TestConsole } from '../support/console.ts';
import { type MemoryDesks, memoryDesks } from '../support/memory-desks.ts';
import { hasPeer } from '../support/peers.ts';
import { poorContrasts } from './rendered-contrast.ts';

/* The agent's desk in a browser, over desks in memory: what an agent sees and does, in both languages. */

describe.skipIf(!hasPeer('chromium'))('the desk', () => {
  let bank: TestConsole;
  let desks: MemoryDesks;
  let browser: Browser;
  let chen: Client;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    desks = memoryDesks(['chen'], Date.now);
    const answer = {
      id: 'hotline/lost-card',
      title: 'A lost card',
      text: 'A new card arrives within five working days.',
      language: 'en-US',
    };
    bank = await openTestConsole({
      pages: PAGES,
      desk: { desks, knowledge: { suggest: (said) => (said.includes('card') ? [answer] : []) } },
    });
    chen = await bank.client('chen', ['agent']);
  });
  afterEach(async () => {
    await closePages(browser);
    await bank[Symbol.asyncDispose]();
  });

  const enter = async (locale = 'en-GB'): Promise<Watched> => {
    const watched = await watchedPage(browser, bank.web.address, { locale, cookie: chen.cookie });
    await watched.page.goto(`${bank.web.address}/console/desk`);
    return watched;
  };
  /** With a desk telephone, so that no audio is needed. */
  const signIn = async (page: Page): Promise<void> => {
    await page.getByLabel('My desk telephone').check();
    await page.getByRole('button', { name: 'Sign in to the queues' }).click();
    await page.getByText('Nobody is waiting for you').waitFor();
  };

  test('a day by keyboard: offered with who and why, accepted, held, ticket, hung up, wrapped up', async () => {
    const { page, elsewhere, broken } = await enter();
    await page.getByText('Choose the queues that you work on').waitFor();
    await look(page, 'desk-sign-in-en');
    expect(await poorContrasts(page)).toEqual([]);
    await signIn(page);
    expect(desks.told).toEqual(['chen sign-in telephone cards,loans']);
    await page.waitForLoadState('networkidle');
    await look(page, 'desk-waiting-en');
    expect(await poorContrasts(page)).toEqual([]);

    // a key that was on its way accepts nothing that was not seen
    const offer = desks.offer('chen');
    const dialog = page.getByRole('alertdialog', { name: 'A customer is waiting' });
    await dialog.waitFor();
    await page.getByRole('heading', { name: 'Wang Fang' }).waitFor();
    await page.getByText('Verified: PIN by keypad').waitFor();
    await page.getByText('lost-card').first().waitFor();
    await page.getByText('upset').waitFor();
    await page.getByText('I want to talk to a person').waitFor();
    await page.getByText('abandoned in the queue').waitFor();
    await page.getByText('T-1007').waitFor();
    await look(page, 'desk-offer-en');
    expect(await page.title()).toContain('A customer is waiting');
    expect(await poorContrasts(page)).toEqual([]);
    await page.locator('button[aria-keyshortcuts=F8]:enabled').waitFor();
    await page.keyboard.press('F8');
    await page.getByRole('heading', { name: 'Conversation (cards)' }).waitFor();
    expect(desks.stateOf('chen').state).toBe('talking');

    desks.say('chen', { side: 'customer', text: 'My card is still not blocked!' });
    await page.getByText('My card is still not blocked!').waitFor();
    await page.getByText('A new card arrives within five working days.').waitFor();
    await page.keyboard.press('F2');
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    expect(desks.talkOf('chen')?.held).toBe(true);
    await page.keyboard.press('F2');
    await page.getByRole('button', { name: 'Hold', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Pause the recording' }).click();
    await page.getByText('Not recorded; goes on by itself in').waitFor();
    await page.waitForLoadState('networkidle');
    await look(page, 'desk-talk-en');
    expect(await poorContrasts(page)).toEqual([]);

    // two clicks
    await page.getByRole('button', { name: 'Open a ticket' }).click();
    await look(page, 'desk-ticket-en');
    await page.getByRole('button', { name: 'Create the ticket' }).click();
    await page.getByText('Ticket T-2001 is open.').waitFor();
    expect(desks.tickets).toMatchObject([
      { contact: offer.context.contact, department: 'Cards back office', text: expect.stringContaining('Wang Fang') },
    ]);
    expect(desks.tickets[0]?.text).toContain('My card is still not blocked!');
    await page.getByRole('button', { name: 'OK' }).click();

    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByRole('heading', { name: 'Wrap-up' }).waitFor();
    await page.getByLabel('resolved').check();
    await page.getByLabel('Notes').fill('Card blocked, new one is on its way: 1 2 3.');
    await look(page, 'desk-wrap-up-en');
    expect(await poorContrasts(page)).toEqual([]);
    await page.getByRole('button', { name: 'Finish' }).click();
    await page.getByText('Nobody is waiting for you').waitFor();
    expect(desks.wrapUps).toEqual([
      { contact: offer.context.contact, reason: 'resolved', notes: 'Card blocked, new one is on its way: 1 2 3.' },
    ]);
    expect(elsewhere).toEqual([]);
    expect(broken).toEqual([]);
  });

  test('a reload brings the conversation back, and the wrap-up that is due', async () => {
    const { page } = await enter();
    await signIn(page);
    const offer = desks.offer('chen');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('heading', { name: 'Conversation (cards)' }).waitFor();
    desks.say('chen', { side: 'customer', text: 'Are you still there?' });
    await page.reload();
    await page.getByRole('heading', { name: 'Conversation (cards)' }).waitFor();
    await page.getByText('Are you still there?').waitFor();
    desks.leave('chen');
    await page.getByText('The customer hung up.').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Wrap-up' }).waitFor();
    await page.getByLabel('complaint').check();
    await page.getByRole('button', { name: 'Finish' }).click();
    await expect.poll(() => desks.wrapUps.length, { timeout: 20_000 }).toBe(1);
    expect(desks.wrapUps[0]).toMatchObject({ contact: offer.context.contact, reason: 'complaint' });
  });

  test('passed on, consulted, all three, back: what is refused is said', async () => {
    const { page } = await enter();
    await signIn(page);
    desks.offer('chen');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('button', { name: 'Transfer' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Colleague').check();
    await dialog.getByRole('combobox').click();
    await page.getByText('zhou (In a conversation)').click();
    await dialog.getByRole('button', { name: 'Transfer the customer' }).click();
    await dialog.getByText('the agent zhou is not free').waitFor();
    await look(page, 'desk-refused-en');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Consult' }).click();
    await page.getByRole('dialog').getByLabel('Number').check();
    await page.getByRole('textbox', { name: 'Number' }).fill('+86 10 1234 5678');
    await page.getByRole('dialog').getByRole('button', { name: 'Call' }).click();
    await page.getByText('talks to you alone').waitFor();
    expect(desks.talkOf('chen')?.others).toEqual([{ to: '+861012345678', state: 'consulting' }]);
    await page.getByRole('button', { name: 'All three talk' }).click();
    await page.getByText('in the conversation', { exact: true }).waitFor();
    await look(page, 'desk-conference-en');
    await page.getByRole('button', { name: 'Back to the customer' }).click();
    await page.getByRole('button', { name: 'Back to the bot' }).click();
    await page.getByText('Ask how satisfied they are').click();
    await page.getByText('The bot goes on with the customer.').waitFor();
    expect(desks.told.at(-1)).toBe('chen return-to-bot satisfaction');
  });

  test('the bot verifies the customer again: what goes on, what came of it, and back', async () => {
    const { page } = await enter();
    await signIn(page);
    desks.offer('chen');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('button', { name: 'Back to the bot' }).click();
    await page.getByText('Verify the customer again').click();
    await page.getByText('The bot verifies the customer.').waitFor();
    expect(desks.told.at(-1)).toBe('chen return-to-bot verify');
    await look(page, 'desk-verifying-en');
    expect(await page.getByRole('button', { name: 'Transfer' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Take the customer back now' }).click();
    await page.getByText('Verified again at').waitFor();
  });

  test('an offer that was not answered says why; a break has a reason; messages are read', async () => {
    const { page } = await enter();
    await signIn(page);
    const offer = desks.offer('chen');
    await page.getByRole('alertdialog').waitFor();
    desks.tell('chen', { type: 'offer-ended', entry: offer.entry, because: 'no-answer' });
    await page.getByText('The offer ran out').waitFor();
    await desks.choose('chen', 'available');
    await page.getByRole('button', { name: 'Break: why?' }).click();
    await page.getByRole('menuitem', { name: 'lunch' }).click();
    await page.getByText('On a break').waitFor();
    expect(desks.told.at(-1)).toBe('chen break lunch');
    desks.tell('chen', { type: 'message', from: 'boss', text: 'The card system is down', at: Date.now() as never });
    await page.getByRole('alert').getByText('The card system is down').waitFor();
    await look(page, 'desk-break-en');
    expect(await poorContrasts(page)).toEqual([]);
    await page.getByRole('button', { name: 'Read' }).click();
    expect(await page.getByText('The card system is down').count()).toBe(0);
  });

  test('a second window has the desk only when it takes it over', async () => {
    const { page } = await enter();
    await signIn(page);
    const other = await page.context().newPage();
    await other.goto(`${bank.web.address}/console/desk`);
    await other.getByText('open in another window').waitFor();
    await look(other, 'desk-elsewhere-en');
    await other.getByRole('button', { name: 'Use this window' }).click();
    await other.getByText('Nobody is waiting for you').waitFor();
    await page.getByText('open in another window').waitFor();
    expect(desks.listeners('chen')).toBe(1);
  });

  test('in Chinese, also on a narrow screen', async () => {
    const { page, broken } = await enter('zh-CN');
    await page.getByLabel('我的话机').check();
    await page.getByRole('button', { name: '签入队列' }).click();
    await page.getByText('暂无等待的客户').waitFor();
    desks.offer('chen');
    await page.getByRole('alertdialog', { name: '有客户在等待' }).waitFor();
    await page.waitForLoadState('networkidle');
    await look(page, 'desk-offer-zh');
    expect(await poorContrasts(page)).toEqual([]);
    await page.getByRole('button', { name: '接听' }).click();
    await page.getByRole('heading', { name: '通话（cards）' }).waitFor();
    await look(page, 'desk-talk-zh');
    await page.setViewportSize({ width: 390, height: 844 });
    await look(page, 'desk-talk-zh-narrow');
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    for (const label of await page.locator('.ant-layout-content h1, .ant-layout-content button').allInnerTexts())
      expect(label).toMatch(/^(?:[^A-Za-z]*|.*[㐀-鿿].*)$/s);
    expect(broken).toEqual([]);
  });
});
