import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseWav } from '../../src/audio/wav.ts';
import { closePages, look, openBrowserWithMicrophone, watchedPage } from '../support/browser.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone } from '../support/recording-of.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { heardInBrowser, keepConnections, MICROPHONE_HZ, writeMicrophone } from './browser-audio.ts';
import { poorContrasts } from './rendered-contrast.ts';

/* A fresh server, and a browser on the same machine: one button, and somebody talks to the hotline. */

describe.skipIf(!hasPeer('chromium'))('the page for newcomers', () => {
  let folder = '';
  let server: ServerProcess;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tellerline-newcomer-'));
    await writeMicrophone(join(folder, 'microphone.wav'));
    server = await startServer({ set: { 'archive.keep_sealed_hours': 0 } });
    browser = await openBrowserWithMicrophone(join(folder, 'microphone.wav'));
  });
  afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('one button: talks, keys, holds, hangs up; sees it all live, and hears the recording afterwards', async () => {
    const { page, elsewhere, broken } = await watchedPage(browser, server.http);
    await keepConnections(page);
    await page.goto(server.http);
    await page.getByText('12345678').waitFor(); // whom one may be in the demo bank
    await look(page, 'newcomer-before-en');
    expect(await poorContrasts(page)).toEqual([]);
    // the keyboard alone begins it
    await page.getByRole('button', { name: 'Call the hotline' }).press('Enter');
    const { contact } = await server.until('call-offered');
    await server.until('call-answered', ({ codec, telephone_event }) => codec === 'PCMU' && telephone_event);
    const heard = await heardInBrowser(page, ({ peak }) => peak > 0.05);
    expect(heard.peak).toBeGreaterThan(0.05);
    await page.getByText('Recorded.').waitFor();
    await page.getByText('Press one.').waitFor();

    await page.getByRole('group', { name: 'Keypad' }).getByRole('button', { name: '1' }).click();
    expect(await server.until('digits-keyed')).toMatchObject({ count: 1, via: 'rfc4733' });
    await page.getByText('Nine to five.').waitFor();
    await page.keyboard.press('1'); // as it is typed
    await server.until('digits-keyed', ({ seq }) => seq > 0 && keyed(server).length >= 2);

    await holdFiveTimes(page, server);
    await look(page, 'newcomer-talking-en');
    expect(await poorContrasts(page)).toEqual([]);

    await page.getByRole('button', { name: 'Hang up' }).click();
    await server.until('call-ended', ({ because }) => because === 'caller-hung-up');
    await page.getByText('you on the left, the bot on the right').waitFor();
    await look(page, 'newcomer-after-en');
    // the token of the page's cookie, with which recordings are heard, is written down nowhere
    const [cookie] = await page.context().cookies(`${server.http}/api/newcomer`);
    expect(cookie?.value).toMatch(/^[a-z]{20}$/);
    expect(JSON.stringify(server.events)).toContain('newcomer-');
    expect(JSON.stringify(server.events)).not.toContain(cookie?.value);
    const [caller, bot] = await recordingOf(page, contact);
    expect(msOfTone(caller, MICROPHONE_HZ)).toBeGreaterThan(2_000);
    expect(msOfTone(bot, MICROPHONE_HZ)).toBeLessThan(100);
    expect(bot.some((sample) => Math.abs(sample) > 3_000)).toBe(true);
    expect(elsewhere).toEqual([]);
    expect(broken).toEqual([]);
  });

  test('in Chinese, on a narrow screen; a page that is closed hangs up', async () => {
    const { page, broken } = await watchedPage(browser, server.http, { locale: 'zh-CN' });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(server.http);
    const before = server.events.length;
    await page.getByRole('button', { name: '呼叫热线' }).click();
    await page.getByText('Press one.').waitFor();
    await look(page, 'newcomer-talking-zh-narrow');
    expect(await poorContrasts(page)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    for (const heading of await page.locator('h1, h2, button, .ant-card-head-title').allInnerTexts())
      expect(heading).toMatch(/^(?:[^A-Za-z]*|.*[\u3400-\u9fff].*|.*English.*)$/s);
    await page.goto('about:blank');
    const since = server.events[before]?.contact;
    await server.until('call-ended', (event) => event.contact === since && event.because === 'caller-hung-up');
    expect(broken).toEqual([]);
  });

  test('a call that cannot be begun leaves no microphone open, and nothing that tries again by itself', async () => {
    const { page } = await watchedPage(browser, server.http);
    await page.clock.install();
    await keepTracks(page);
    await page.addInitScript(() => {
      const Real = window.WebSocket;
      window.WebSocket = class extends Real {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(String(url).replace('/sip', '/nothing'), protocols);
          (window as unknown as Kept).sockets.push(this);
        }
      };
    });
    await page.goto(server.http);
    await page.getByRole('button', { name: 'Call the hotline' }).click();
    await page.getByRole('alert').getByText('The server cannot be reached').waitFor();
    expect(await trackStates(page)).toEqual(['ended']);
    await page.clock.runFor(60_000);
    expect(await page.evaluate(() => (window as unknown as Kept).sockets.length)).toBe(1);
  });

  test('events that cannot be read leave no microphone open, and are asked for no more', async () => {
    const { page } = await watchedPage(browser, server.http);
    await keepTracks(page);
    await page.route('**/api/newcomer/events', (route) => route.abort());
    await page.goto(server.http);
    await page.getByRole('button', { name: 'Call the hotline' }).click();
    await page.getByRole('alert').getByText('The server cannot be reached').waitFor();
    expect(await trackStates(page)).toEqual(['ended']);
    expect(await page.evaluate(() => (window as unknown as Kept).sources.map(({ readyState }) => readyState))).toEqual([
      2, // closed: else it tries again for ever
    ]);
  });

  test('a microphone that is refused is told with what to do; other calls are nobody’s', async () => {
    const { page } = await watchedPage(browser, server.http);
    await page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await page.goto(server.http);
    await page.getByRole('button', { name: 'Call the hotline' }).click();
    await page.getByRole('alert').getByText('The microphone was refused').waitFor();
    await look(page, 'newcomer-refused-en');
    const other = server.events.find(({ type }) => type === 'call-offered')?.contact;
    expect(other).toBeDefined(); // of a test before this one
    const status = (path: string) => page.evaluate((at) => fetch(at).then((reply) => reply.status), path);
    expect(await status(`/api/newcomer/recordings/${other}`)).toBe(403);
    await page.evaluate(() =>
      fetch('/api/newcomer/telephone', { method: 'POST', headers: { 'X-Tellerline-Console': '1' } }),
    );
    expect(await status(`/api/newcomer/recordings/${other}`)).toBe(404);
    expect(await status(`/api/newcomer/recordings/${other}/audio.wav`)).toBe(404);
  });
});

interface Kept {
  readonly tracks: MediaStreamTrack[];
  readonly sources: EventSource[];
  readonly sockets: WebSocket[];
}

/** To be called before the page loads: keeps the tracks of its microphones, its streams of events and its WebSockets. */
async function keepTracks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const kept: Kept = { tracks: [], sources: [], sockets: [] };
    Object.assign(window, kept);
    const devices = navigator.mediaDevices;
    const real = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      const stream = await real(constraints);
      kept.tracks.push(...stream.getTracks());
      return stream;
    };
    const Real = window.EventSource;
    window.EventSource = class extends Real {
      constructor(url: string | URL) {
        super(url);
        kept.sources.push(this);
      }
    };
  });
}

const trackStates = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => (window as unknown as Kept).tracks.map(({ readyState }) => readyState));

const keyed = ({ events }: ServerProcess) => events.filter(({ type }) => type === 'digits-keyed');
const countOf = ({ events }: ServerProcess, type: string): number =>
  events.filter((event) => event.type === type).length;

/** The role in the DTLS association stays as it was: a browser that is told another one ends the call. */
async function holdFiveTimes(page: Page, server: ServerProcess): Promise<void> {
  for (let time = 1; time <= 5; time++) {
    await page.getByRole('button', { name: 'Hold', exact: true }).click();
    await server.until('held', () => countOf(server, 'held') >= time);
    await page.getByText('On hold', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await server.until('resumed', () => countOf(server, 'resumed') >= time);
    await page.getByText('Talking', { exact: true }).waitFor();
  }
}

/** As the page fetches it: the caller, then the bot. */
async function recordingOf(page: Page, contact: string): Promise<readonly [Int16Array, Int16Array]> {
  const bytes = await page.evaluate(async (id) => {
    const reply = await fetch(`/api/newcomer/recordings/${id}/audio.wav`);
    return Array.from(new Uint8Array(await reply.arrayBuffer()));
  }, contact);
  const { samples, rate } = parseWav(Uint8Array.from(bytes));
  expect(rate).toBe(8_000);
  return [samples[0] ?? new Int16Array(0), samples[1] ?? new Int16Array(0)];
}
