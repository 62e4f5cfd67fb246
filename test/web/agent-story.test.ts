import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { type Baresip, openBaresip } from '../support/baresip.ts';
import { look, openBrowserWithMicrophone, watchedPage } from '../support/browser.ts';
import { call, type Caller } from '../support/caller.ts';
import { sayWithFlite } from '../support/flite/say-with-flite.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone } from '../support/recording-of.ts';
import { eventually, type ServerProcess, startServer } from '../support/server-process.ts';
import { sounds } from '../support/sounds.ts';
import type { StaffClient } from '../support/staff-client.ts';
import { addStaff, signIn } from '../support/staff-of-server.ts';
import { heardInBrowser, keepConnections, MICROPHONE_HZ, writeMicrophone } from './browser-audio.ts';
import { countsOf, expectAgreement, type Happened } from './what-happened.ts';

/*
 * A customer tells the bot what they want, asks for a person and gets one, who works in a browser or by a desk telephone: the whole way, with the
 * built server. Afterwards contact, transcript, archive and KPIs tell what happened.
 */

const CUSTOMER_HZ = 700;
const TELEPHONE_HZ = 1_600;
const CUSTOMER_MS = 5_000;
const HOLD_MS = 3_000;
const WAIT = 120_000;

describe.skipIf(!hasPeer('chromium'))('a customer and an agent', () => {
  let folder = '';
  let server: ServerProcess;
  let browser: Browser;
  let telephone: Baresip | undefined;
  let compliance: StaffClient;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tellerline-agent-'));
    await writeMicrophone(join(folder, 'microphone.wav'));
    telephone = hasPeer('baresip') ? await openBaresip({ answers: true }) : undefined;
    browser = await openBrowserWithMicrophone(join(folder, 'microphone.wav'));
    const queues = join(folder, 'queues.yaml');
    await writeFile(
      queues,
      `default: service
queues: { service: { wait_unstaffed: true, wrap_up_s: 120, offer_s: 60 } }
agents:
  chen: { queues: { service: 1 }, languages: [en] }
  lin: { queues: { service: 1 }, languages: [en], telephone: 'sip:baresip@127.0.0.1:${telephone?.port ?? 5060}' }
departments: { disputes: { answer_within_minutes: 1440 } }
wrap_up_reasons: [resolved]
`,
    );
    server = await startServer({
      folder,
      set: {
        'queues.file': queues,
        'speech.recognizer': 'whisper',
        'speech.voice_activity_detection': true,
        'archive.keep_sealed_hours': 1, // its gaps are looked at after the archive has it
      },
    });
    for (const [name, role] of [
      ['chen', 'agent'],
      ['lin', 'agent'],
      ['cora', 'compliance'],
    ] as const)
      await addStaff(folder, name, role);
    compliance = await signIn(server.http, 'cora');
  }, 480_000);
  afterAll(async () => {
    await browser?.close();
    await telephone?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** The agent's desk, not signed in to the queues so far. */
  async function sitDown(name: string) {
    const { cookie } = await signIn(server.http, name);
    const watched = await watchedPage(browser, server.http, { cookie });
    watched.page.setDefaultTimeout(WAIT);
    await keepConnections(watched.page);
    await watched.page.goto(`${server.http}/console/desk`);
    return watched;
  }

  /** A busy browser takes its time until it listens: the customer speaks until they were heard, and a while longer. */
  async function speaksUntilHeard(customer: Caller, page: Page): Promise<void> {
    const quiet = sounds(customer.rtp, CUSTOMER_HZ);
    const heard = await heardInBrowser(page, ({ hz }) => Math.abs(hz - CUSTOMER_HZ) < 30, WAIT);
    expect(Math.abs(heard.hz - CUSTOMER_HZ)).toBeLessThan(30);
    await page.waitForTimeout(CUSTOMER_MS);
    await quiet();
    customer.rtp.idle();
  }

  async function says(customer: Caller, samples: Int16Array): Promise<void> {
    customer.rtp.quiet();
    await customer.rtp.speak(samples);
    customer.rtp.idle();
  }

  /** Until it is understood; a machine that is too busy to hear asks for keys. */
  async function tells(customer: Caller, text: string, key: string, understood: () => boolean): Promise<void> {
    const voice = await sayWithFlite(text);
    for (let tries = 0; tries < 3 && !understood(); tries += 1) {
      const heard = server.events.length;
      await says(customer, voice);
      await eventually(
        () => Promise.resolve(server.events.slice(heard)),
        (events) => understood() || events.some(({ type }) => type === 'no-match' || type === 'keys-only'),
        20_000,
      );
    }
    if (!understood()) await customer.rtp.press(key);
  }

  /** Tells the bot what they want, then asks for a person. */
  async function asksForSomebody(customer: Caller): Promise<ContactId> {
    const { contact } = await server.until('call-offered', (event) => event.sip_call_id === customer.callId);
    const own = (type: string, more: (event: (typeof server.events)[number]) => boolean = () => true) =>
      server.events.some((event) => event.contact === contact && event.type === type && more(event));
    await server.until('prompt-finished', (event) => event.contact === contact && event.prompt.startsWith('main'));
    await tells(customer, 'opening hours', '1', () => own('intent-matched'));
    await server.until('prompt-finished', (event) => event.contact === contact && event.prompt.startsWith('hours'));
    await tells(customer, 'a person', '0', () => own('person-requested'));
    await server.until('queue-entered', (event) => event.contact === contact);
    return contact;
  }

  /** Who and why are on the desk before anything rings; then F8. */
  async function accepts(page: Page): Promise<void> {
    await page.getByRole('alertdialog', { name: 'A customer is waiting' }).waitFor();
    await page.getByRole('heading', { name: 'What is said' }).waitFor();
    await page.getByText('Nine to five.').waitFor();
    await look(page, 'story-offer');
    await page.locator('button[aria-keyshortcuts=F8]:enabled').waitFor();
    await page.keyboard.press('F8');
    await page.getByRole('heading', { name: 'Conversation (service)' }).waitFor();
  }

  async function holds(page: Page): Promise<Happened['held']> {
    const asked = Date.now();
    await page.keyboard.press('F2');
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    const from = Date.now();
    await page.waitForTimeout(HOLD_MS); // what the customer hears meanwhile is on the recording
    const to = Date.now();
    await page.keyboard.press('F2');
    await page.getByRole('button', { name: 'Hold', exact: true }).waitFor();
    return { least: [from, to], most: [asked, Date.now()] };
  }

  async function opensTicket(page: Page): Promise<string> {
    await page.getByRole('button', { name: 'Open a ticket' }).click();
    await page.getByRole('button', { name: 'Create the ticket' }).click();
    const opened = await page.getByText('is open.').innerText();
    await page.getByRole('button', { name: 'OK' }).click();
    return /Ticket (\S+) is open/.exec(opened)?.[1] ?? '';
  }

  async function wrapsUp(page: Page, agent: string): Promise<void> {
    await page.getByRole('heading', { name: 'Wrap-up' }).waitFor();
    await page.getByLabel('resolved').check();
    await page.getByLabel('Notes').fill('The customer is content.');
    await page.getByRole('button', { name: 'Finish' }).click();
    await page.getByText('Nobody is waiting for you').waitFor();
    await server.until('wrapped-up', (event) => event.agent === agent && event.reason === 'resolved');
    await page.getByRole('button', { name: 'Leave the queues' }).click();
    await page.getByRole('button', { name: 'Sign in to the queues' }).waitFor();
    await page.context().close();
  }

  test('who works in a browser: shown who and why, both hear each other, hold, ticket, wrap-up; and everything agrees', async () => {
    const { page, broken } = await sitDown('chen');
    await page.getByRole('button', { name: 'Sign in to the queues' }).click();
    await page.getByText('line open').waitFor();
    const before = await countsOf(server, 'service', 'chen');

    await using customer = await call(server.sip);
    const contact = await asksForSomebody(customer);
    await accepts(page);
    const joined = customer.rtp.received.length;
    await customer.rtp.until(() => msOfTone(customer.rtp.heard(joined), MICROPHONE_HZ) > 500, 'the agent', WAIT);
    await speaksUntilHeard(customer, page);
    await look(page, 'story-talk');
    const held = await holds(page);
    const resumed = customer.rtp.received.length;
    await customer.rtp.until(() => msOfTone(customer.rtp.heard(resumed), MICROPHONE_HZ) > 500, 'the agent again', WAIT);
    const heardMs = msOfTone(customer.rtp.heard(joined), MICROPHONE_HZ);
    const ticket = await opensTicket(page);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await customer.hungUpOn(WAIT);
    await wrapsUp(page, 'chen');
    expect(broken).toEqual([]);
    await expectAgreement(server, compliance, {
      contact,
      agent: 'chen',
      queue: 'service',
      held,
      ticket,
      spoken: { customerHz: CUSTOMER_HZ, customerMs: CUSTOMER_MS, agentHz: MICROPHONE_HZ, agentMs: heardMs },
      before,
    });
  }, 480_000);

  test.skipIf(!hasPeer('baresip'))(
    'who works by a desk telephone: rung once the desk has shown who calls, whisper, key 1; and everything agrees',
    async () => {
      if (telephone === undefined) throw new Error('there is no telephone');
      const desk = telephone;
      const { page, broken } = await sitDown('lin');
      await page.getByText('Choose the queues that you work on').waitFor();
      await look(page, 'story-telephone');
      expect(await page.locator('.desk-state-now .call-clock').count()).toBe(0); // never signed in: since never
      await page.getByLabel('My desk telephone').check();
      await page.getByRole('button', { name: 'Sign in to the queues' }).click();
      await page.getByText('Nobody is waiting for you').waitFor();
      const before = await countsOf(server, 'service', 'lin');

      await using customer = await call(server.sip);
      const contact = await asksForSomebody(customer);
      await page.getByRole('alertdialog', { name: 'A customer is waiting' }).waitFor();
      await desk.next('CALL_ESTABLISHED', WAIT);
      await eventually(
        async () => {
          if (server.events.some((event) => event.contact === contact && event.type === 'agent-answered')) return true;
          await desk.command('sndcode', '1');
          return false;
        },
        (done) => done,
        WAIT,
      );
      await page.getByRole('heading', { name: 'Conversation (service)' }).waitFor();
      const agentSpokeMs = 4_000;
      const joined = customer.rtp.received.length;
      await desk.say(tone([TELEPHONE_HZ], agentSpokeMs * 8));
      await customer.rtp.until(
        () => msOfTone(customer.rtp.heard(joined), TELEPHONE_HZ) > 0.9 * agentSpokeMs,
        'the agent',
        WAIT,
      );
      const heardMs = msOfTone(customer.rtp.heard(joined), TELEPHONE_HZ);
      await says(customer, tone([CUSTOMER_HZ], CUSTOMER_MS * 8));
      const held = await holds(page);
      const ticket = await opensTicket(page);
      await desk.command('hangup');
      await customer.hungUpOn(WAIT);
      await wrapsUp(page, 'lin');
      expect(broken).toEqual([]);
      expect(msOfTone(await desk.heard(), CUSTOMER_HZ)).toBeGreaterThan(0.9 * CUSTOMER_MS);
      await expectAgreement(server, compliance, {
        contact,
        agent: 'lin',
        queue: 'service',
        held,
        ticket,
        spoken: { customerHz: CUSTOMER_HZ, customerMs: CUSTOMER_MS, agentHz: TELEPHONE_HZ, agentMs: heardMs },
        before,
      });
    },
    480_000,
  );
});
