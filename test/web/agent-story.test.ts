import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { look, openBrowserWithMicrophone, watchedPage } from '../support/browser.ts';
import { call } from '../support/caller.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone } from '../support/recording-of.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { addStaff, signIn } from '../support/staff-of-server.ts';
import { heardInBrowser, keepConnections, MICROPHONE_HZ, writeMicrophone } from './browser-audio.ts';

/* A customer asks for a person and gets one who works in a browser: the whole way, with the built server. */

const CUSTOMER_HZ = 700;
const SECOND = 8_000;
const WAIT = 60_000;

describe.skipIf(!hasPeer('chromium'))('an agent in a browser', () => {
  let folder = '';
  let server: ServerProcess;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tellerline-agent-'));
    await writeMicrophone(join(folder, 'microphone.wav'));
    const queues = join(folder, 'queues.yaml');
    await writeFile(
      queues,
      `default: service
queues: { service: { wait_unstaffed: true, wrap_up_s: 120, offer_s: 60 } }
agents: { chen: { queues: { service: 1 }, languages: [en] } }
departments: { disputes: { answer_within_minutes: 1440 } }
wrap_up_reasons: [resolved]
`,
    );
    server = await startServer({ folder, set: { 'queues.file': queues } });
    await addStaff(folder, 'chen', 'agent');
    browser = await openBrowserWithMicrophone(join(folder, 'microphone.wav'));
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('is shown who and why, accepts, both hear each other, holds, opens a ticket, hangs up, wraps up', async () => {
    const { cookie } = await signIn(server.http, 'chen');
    const { page, broken } = await watchedPage(browser, server.http, { cookie });
    page.setDefaultTimeout(WAIT);
    await keepConnections(page);
    await page.goto(`${server.http}/console/desk`);
    await page.getByRole('button', { name: 'Sign in to the queues' }).click();
    await page.getByText('line open').waitFor();

    await using customer = await call(server.sip);
    await server.until('notice-given');
    await customer.rtp.press('0');
    await page.getByRole('alertdialog', { name: 'A customer is waiting' }).waitFor();
    await page.getByRole('heading', { name: 'What is said' }).waitFor();
    await look(page, 'story-offer');
    await page.locator('button[aria-keyshortcuts=F8]:enabled').waitFor();
    await page.keyboard.press('F8');
    await page.getByRole('heading', { name: 'Conversation (service)' }).waitFor();

    const joined = customer.rtp.received.length;
    await customer.rtp.until(() => msOfTone(customer.rtp.heard(joined), MICROPHONE_HZ) > 500, 'the agent', WAIT);
    const talking = customer.rtp.speak(tone([CUSTOMER_HZ], 20 * SECOND));
    const heard = await heardInBrowser(page, ({ hz }) => Math.abs(hz - CUSTOMER_HZ) < 30, WAIT);
    expect(Math.abs(heard.hz - CUSTOMER_HZ)).toBeLessThan(30);
    await look(page, 'story-talk');

    await page.keyboard.press('F2');
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await page.keyboard.press('F2');
    await page.getByRole('button', { name: 'Hold', exact: true }).waitFor();
    const resumed = customer.rtp.received.length;
    await customer.rtp.until(() => msOfTone(customer.rtp.heard(resumed), MICROPHONE_HZ) > 500, 'the agent again', WAIT);
    await talking.catch(() => undefined);

    await page.getByRole('button', { name: 'Open a ticket' }).click();
    await page.getByRole('button', { name: 'Create the ticket' }).click();
    await page.getByText('is open.').waitFor();
    await page.getByRole('button', { name: 'OK' }).click();
    await page.getByRole('button', { name: 'Hang up' }).click();
    await customer.hungUpOn(WAIT);
    await page.getByRole('heading', { name: 'Wrap-up' }).waitFor();
    await page.getByLabel('resolved').check();
    await page.getByLabel('Notes').fill('The customer is content.');
    await page.getByRole('button', { name: 'Finish' }).click();
    await page.getByText('Nobody is waiting for you').waitFor();
    await server.until('wrapped-up', ({ agent, reason }) => agent === 'chen' && reason === 'resolved');
    expect(broken).toEqual([]);
  }, 300_000);
});
