import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closePages, openBrowser, PAGES, watchedPage } from '../support/browser.ts';
import { type Client, openTestConsole, type TestConsole } from '../support/console.ts';
import { SETUP } from '../support/desk-context.ts';
import { type MemoryDesks, memoryDesks } from '../support/memory-desks.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { hasPeer } from '../support/peers.ts';

/* The agent's desk where something is missing or goes: a server that can do less, or is away; no credentials; another window. */

describe.skipIf(!hasPeer('chromium'))('the desk in trouble', () => {
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
    bank = await openTestConsole({ pages: PAGES, desk: { desks, knowledge: { suggest: () => [] } } });
    chen = await bank.client('chen', ['agent']);
  });
  afterEach(async () => {
    await closePages(browser);
    await bank[Symbol.asyncDispose]();
  });

  /** @param prepare - before the page loads */
  const enter = async (prepare: (page: Page) => Promise<unknown>): Promise<Page> => {
    const { page } = await watchedPage(browser, bank.web.address, { cookie: chen.cookie });
    await prepare(page);
    await page.goto(`${bank.web.address}/console/desk`);
    return page;
  };
  const signIn = async (page: Page): Promise<void> => {
    await page.getByLabel('My desk telephone').check();
    await page.getByRole('button', { name: 'Sign in to the queues' }).click();
    await page.getByText('Nobody is waiting for you').waitFor();
  };

  test('what the server cannot do is not offered', async () => {
    const less = { ...SETUP, devices: ['telephone'], canConsult: false };
    const page = await enter((entered) =>
      entered.route('**/api/staff/desk/setup', (route) => route.fulfill({ json: less })),
    );
    await page.getByLabel('My desk telephone').waitFor();
    expect(await page.getByLabel('This browser').count()).toBe(0);
    await signIn(page);
    const readAgain = page.waitForRequest('**/api/staff/desk/callbacks');
    desks.tell('chen', { type: 'callbacks' });
    await readAgain;
    desks.offer('chen');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('button', { name: 'Transfer' }).waitFor();
    expect(await page.getByRole('button', { name: 'Consult' }).count()).toBe(0);
    const talk = desks.talkOf('chen');
    if (talk !== undefined) desks.tell('chen', { type: 'talk', talk: { ...talk, verification: 'none' } });
    await page.getByRole('button', { name: 'Back to the bot' }).click();
    await page.getByText('Ask how satisfied they are').waitFor();
    expect(await page.getByText('Verify the customer again').count()).toBe(0);
  });

  test('what is being written outlives the server’s being away and the customer’s leaving; the wrap-up comes after', async () => {
    const page = await enter((entered) =>
      entered.addInitScript(() => {
        const keep = window as unknown as { sources: EventSource[] };
        keep.sources = [];
        const Real = window.EventSource;
        window.EventSource = class extends Real {
          constructor(url: string | URL) {
            super(url);
            keep.sources.push(this);
          }
        };
      }),
    );
    await signIn(page);
    const offer = desks.offer('chen');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('button', { name: 'Open a ticket' }).click();
    const written = page.getByLabel('What has to be done');
    await written.fill('Send a new card.');
    await page.route('**/api/staff/desk/**', (route) => route.abort());
    await page.evaluate(() =>
      (window as unknown as { sources: EventSource[] }).sources.at(-1)?.dispatchEvent(new Event('error')),
    );
    await page.getByText('The connection to the server is lost').waitFor();
    expect(await written.inputValue()).toBe('Send a new card.');
    desks.leave('chen');
    await page.unroute('**/api/staff/desk/**');
    await page.getByText('The customer hung up.').waitFor();
    expect(await written.inputValue()).toBe('Send a new card.');
    await page.getByRole('button', { name: 'Create the ticket' }).click();
    await page.getByText('Ticket T-2001 is open.').waitFor();
    await page.getByRole('button', { name: 'OK' }).click();
    await page.getByLabel('complaint').check();
    await page.getByRole('button', { name: 'Finish' }).click();
    await expect.poll(() => desks.wrapUps.length, { timeout: 20_000 }).toBe(1);
    const { contact } = offer.context;
    expect(desks.tickets).toMatchObject([{ contact, text: 'Send a new card.' }]);
    expect(desks.wrapUps).toMatchObject([{ contact, reason: 'complaint' }]);
  });

  async function silentMicrophone(): Promise<{ page: Page; clock: ManualClock }> {
    const clock = new ManualClock();
    await bank[Symbol.asyncDispose]();
    bank = await openTestConsole({ pages: PAGES, desk: { desks, knowledge: { suggest: () => [] }, clock } });
    chen = await bank.client('chen', ['agent']);
    await desks.signIn('chen', 'browser', ['cards']);
    const page = await enter(async (entered) => {
      await entered.addInitScript(() => {
        const context = new AudioContext();
        const microphone = context.createMediaStreamDestination();
        Object.assign(window, {
          speak: () => {
            const tone = new OscillatorNode(context);
            tone.connect(microphone);
            tone.start();
          },
        });
        navigator.mediaDevices.getUserMedia = () => Promise.resolve(microphone.stream);
      });
      await entered.route('**/api/staff/telephone', () => undefined); // it stays on its way to the line
    });
    await page.getByText('The microphone gives no sound at all').waitFor();
    await page.getByText('Nothing is offered to you').waitFor();
    clock.advance(5_000);
    clock.advance(7_000);
    await expect.poll(() => desks.listeners('chen'), { timeout: 20_000 }).toBe(0);
    return { page, clock };
  }

  test('a microphone that gives no sound at all: the page says so, and nothing is offered until it does', async () => {
    const { page, clock } = await silentMicrophone();
    await desks.signOut('chen'); // the queues let go of whom they have not heard for too long
    await page.evaluate(() => (window as unknown as { speak: () => void }).speak());
    await page.getByText('Nothing is offered to you').waitFor({ state: 'detached' });
    await page.getByText('The microphone is heard again').waitFor();
    clock.advance(5_000);
    await expect.poll(() => desks.told.at(-1), { timeout: 20_000 }).toBe('chen sign-in browser cards');
    await expect.poll(() => desks.listeners('chen'), { timeout: 20_000 }).toBe(1);
  });

  test('whoever leaves the queues while the microphone gives no sound is out, and stays out', async () => {
    const { page, clock } = await silentMicrophone();
    await page.getByRole('button', { name: 'Leave the queues' }).click();
    await expect.poll(() => desks.told.at(-1), { timeout: 20_000 }).toBe('chen sign-out');
    await page.evaluate(() => (window as unknown as { speak: () => void }).speak());
    await page.getByText('The microphone is heard again').waitFor();
    clock.advance(5_000);
    await page.getByRole('button', { name: 'Sign in to the queues' }).waitFor();
    expect(desks.told.at(-1)).toBe('chen sign-out');
  });

  test('a telephone that got no credentials asks for them again; a window that has lost the desk opens no microphone', async () => {
    interface Microphones {
      readonly streams: MediaStream[];
      waits: boolean;
      give: (() => void) | undefined;
    }
    const asked: Route[] = [];
    const page = await enter(async (entered) => {
      await entered.addInitScript(() => {
        const given: Microphones = { streams: [], waits: false, give: undefined };
        Object.assign(window, { given });
        navigator.mediaDevices.getUserMedia = async () => {
          if (given.waits)
            await new Promise<void>((resolve) => {
              given.give = resolve;
            });
          const { stream } = new AudioContext().createMediaStreamDestination();
          given.streams.push(stream);
          return stream;
        };
      });
      await entered.route('**/api/staff/telephone', (route) => void asked.push(route)); // answered below
    });
    /** How many microphones were opened, and how many of them are open still. */
    const microphones = (): Promise<readonly [number, number]> =>
      page.evaluate(() => {
        const { streams } = (window as unknown as { given: Microphones }).given;
        return [
          streams.length,
          streams.filter((each) => each.getTracks().some(({ readyState }) => readyState === 'live')).length,
        ] as const;
      });
    await page.getByRole('button', { name: 'Sign in to the queues' }).click();
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBe(1);
    await asked[0]?.abort();
    await expect.poll(() => desks.told.length, { timeout: 20_000 }).toBe(1);
    await desks.choose('chen', 'break', 'lunch'); // the page may be told of it while it still signs in
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBe(2);
    await page.evaluate(() => ((window as unknown as { given: Microphones }).given.waits = true));
    await asked[1]?.abort();
    await expect.poll(microphones, { timeout: 20_000 }).toEqual([2, 0]);

    await page.waitForFunction(() => (window as unknown as { given: Microphones }).given.give !== undefined);
    const other = await page.context().newPage();
    await other.addInitScript(() => {
      Object.assign(window, { opened: 0 });
      navigator.mediaDevices.getUserMedia = () => {
        (window as unknown as { opened: number }).opened += 1;
        return new Promise(() => undefined);
      };
    });
    await other.goto(`${bank.web.address}/console/desk`);
    await other.getByRole('button', { name: 'Use this window' }).waitFor();
    expect(await other.evaluate(() => (window as unknown as { opened: number }).opened)).toBe(0);
    await other.getByRole('button', { name: 'Use this window' }).click();
    await page.getByText('open in another window').waitFor();
    await page.evaluate(() => (window as unknown as { given: Microphones }).given.give?.());
    await expect.poll(microphones, { timeout: 20_000 }).toEqual([3, 0]);
  });
});
