import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { closePages, look, openBrowser, PAGES, watchedPage } from '../support/browser.ts';
import { type Client, openTestConsole, type TestConsole } from '../support/console.ts';
import { BOT_HZ, CUSTOMER_HZ, HIDDEN, recordingRow } from '../support/memory-recordings.ts';
import { hasPeer } from '../support/peers.ts';

const RECORDING = recordingRow(0).id;

interface Heard {
  /** Strongest frequency of each channel, Hz, and its level, dB. */
  readonly channels: readonly { readonly hz: number; readonly db: number }[];
  readonly afterMs: number;
}

/** Plays from a moment and listens: the browser's decoder, then WebAudio, channel by channel. */
const listenAt = (page: Page, ms: number): Promise<Heard> =>
  page.evaluate(async (at) => {
    const keep = window as unknown as { analysers?: AnalyserNode[]; context?: AudioContext };
    const audio = document.querySelector('audio');
    if (audio === null) throw new Error('no audio');
    if (keep.analysers === undefined) {
      const context = new AudioContext();
      const source = context.createMediaElementSource(audio);
      const splitter = context.createChannelSplitter(2);
      source.connect(splitter);
      keep.context = context;
      keep.analysers = [0, 1].map((channel) => {
        const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
        splitter.connect(analyser, channel);
        return analyser;
      });
    }
    await keep.context?.resume();
    const begun = performance.now();
    audio.currentTime = at / 1000;
    await audio.play();
    const moved = () => audio.currentTime > at / 1000 + 0.05;
    const deadline = begun + 30_000;
    while (!moved() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    if (!moved()) throw new Error(`nothing was played from ${at} ms on`);
    const afterMs = performance.now() - begun;
    await new Promise((resolve) => setTimeout(resolve, 500));
    const channels = keep.analysers.map((analyser) => {
      const spectrum = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(spectrum);
      const best = spectrum.reduce((top, level, i) => (level > (spectrum[top] ?? -Infinity) ? i : top), 0);
      return { hz: (best * analyser.context.sampleRate) / analyser.fftSize, db: spectrum[best] ?? -Infinity };
    });
    audio.pause();
    return { channels, afterMs };
  }, ms);

describe.skipIf(!hasPeer('chromium'))('the player in a browser', () => {
  let bank: TestConsole;
  let browser: Browser;
  const people = {} as Record<'compliance' | 'supervisor', Client>;
  beforeAll(async () => {
    browser = await openBrowser();
    bank = await openTestConsole({ pages: PAGES });
    for (const role of ['compliance', 'supervisor'] as const) people[role] = await bank.client(role);
  });
  afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser?.close();
    await bank?.[Symbol.asyncDispose]();
  });
  const enter = async (who: Client, level: string, locale = 'en-GB') => {
    const watched = await watchedPage(browser, bank.web.address, { locale, cookie: who.cookie });
    const { page } = watched;
    await page.goto(`${bank.web.address}/console/recordings/${RECORDING}`);
    const zh = locale === 'zh-CN';
    await page.getByLabel(level).check();
    await page.getByLabel(zh ? '目的' : 'Purpose').fill('complaint of a customer');
    await page.getByLabel(zh ? '工单或案件编号' : 'Ticket or case').fill('T-4711');
    await look(page, `access-${locale}`);
    await page.getByRole('button', { name: zh ? '打开录音' : 'Open the recording' }).click();
    await page.locator('audio').waitFor({ state: 'attached' });
    await page.waitForFunction(() => (document.querySelector('audio')?.readyState ?? 0) >= 1);
    return watched;
  };

  test('audio is decoded: each party on its channel, the hidden stretch silent, a seek starts within a second', async () => {
    const { page, elsewhere, broken } = await enter(people.compliance, 'Listen, personal data masked');
    await page.waitForLoadState('networkidle');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('Genuine and complete').waitFor();
    await look(page, 'recording-en');
    const open = await listenAt(page, 5_000);
    expect(Math.abs((open.channels[0]?.hz ?? 0) - CUSTOMER_HZ)).toBeLessThan(15);
    expect(Math.abs((open.channels[1]?.hz ?? 0) - BOT_HZ)).toBeLessThan(15);
    const hidden = await listenAt(page, HIDDEN.fromMs + 1_000);
    expect(hidden.channels[0]?.db).toBeLessThan(-80);
    expect(Math.abs((hidden.channels[1]?.hz ?? 0) - BOT_HZ)).toBeLessThan(15);
    expect(hidden.afterMs).toBeLessThan(1_000 + 2_000 * Number(process.env['CI'] !== undefined));
    // the transcript follows, and its words lead back
    await page.getByRole('button', { name: 'lost', exact: true }).click();
    expect(await page.evaluate(() => document.querySelector('audio')?.currentTime)).toBeCloseTo(6 + 2 * 0.35, 1);
    await page.locator('.turn.now').getByText('credit').waitFor();
    expect(await page.locator('.word.masked').count()).toBe(3);
    expect(elsewhere).toEqual([]);
    expect(broken).toEqual([]);
  });

  test('in clear the hidden stretch is heard, and the keyboard moves the player', async () => {
    const { page } = await enter(people.compliance, 'Listen to everything (needs a ticket)');
    await page.getByText('You hear everything').waitFor();
    const clear = await listenAt(page, HIDDEN.fromMs + 1_000);
    expect(Math.abs((clear.channels[0]?.hz ?? 0) - CUSTOMER_HZ)).toBeLessThan(15);
    const slider = page.getByRole('slider').first();
    await slider.focus();
    await page.keyboard.press('Home');
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => Math.abs((document.querySelector('audio')?.currentTime ?? 0) - 15) < 0.1);
    await page.keyboard.press(' ');
    await page.waitForFunction(() => document.querySelector('audio')?.paused === false);
    await page.keyboard.press(' ');
    await page.waitForFunction(() => document.querySelector('audio')?.paused === true);
    // the transcript is one stop of the tab key, whatever its length
    await page.getByLabel('Transcript; arrow keys').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    const second = await page.locator('.word').nth(1).textContent();
    expect(await focused()).toBe(second);
    await page.keyboard.press('End');
    expect(await focused()).toBe(await page.locator('.turn').last().locator('.word').first().textContent());
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.classList.contains('word'))).toBe(false);
  });

  test('a click on the waveform lands where it points, to 50 ms', async () => {
    const { page } = await enter(people.supervisor, '收听，个人信息已屏蔽', 'zh-CN');
    await page.getByText('文字记录').first().waitFor();
    await page.waitForLoadState('networkidle');
    await look(page, 'recording-zh');
    const wave = page.locator('.wave > div').first();
    const box = await wave.boundingBox();
    if (box === null) throw new Error('no waveform');
    for (const part of [0.25, 0.5, 0.8]) {
      const x = Math.round(box.width * part);
      await page.mouse.click(box.x + x, box.y + 30);
      const wanted = (x / box.width) * 60;
      await expect
        .poll(() => page.evaluate(() => document.querySelector('audio')?.currentTime ?? 0))
        .toBeGreaterThan(wanted - 0.05);
      expect(await page.evaluate(() => document.querySelector('audio')?.currentTime ?? 0)).toBeLessThan(wanted + 0.05);
    }
  });

  test('nobody is heard without the right: the gate says why, and offers the glass', async () => {
    const watched = await watchedPage(browser, bank.web.address, { cookie: people.supervisor.cookie });
    const { page } = watched;
    await page.goto(`${bank.web.address}/console/recordings/${recordingRow(1).id}`);
    await page.getByLabel('Purpose').fill('a threat was heard');
    await page.getByRole('button', { name: 'Open the recording' }).click();
    await page.getByText('queue that you do not supervise').waitFor();
    await look(page, 'refused-en');
    await page.getByRole('button', { name: 'Raise the alarm and open' }).click();
    await page.locator('audio').waitFor({ state: 'attached' });
    expect(await bank.staff.emergencies.open()).toBe(1);
  });
});
