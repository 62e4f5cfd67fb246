import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { readZip } from '../../src/verify/zip.ts';
import { call, speaks } from '../support/caller.ts';
import { DIALPLANS, eventually, type ServerProcess, startServer } from '../support/server-process.ts';
import type { StaffClient } from '../support/staff-client.ts';
import { addStaff, signIn } from '../support/staff-of-server.ts';

/** Keyed in the secret entry of the call. */
export const DIGITS = '86420975';

export interface Found {
  readonly recordings: readonly { readonly id: string; readonly contact: string; readonly state: string }[];
  readonly count: number;
}

export interface AuditRow {
  readonly actor: string;
  readonly action: string;
  readonly result: string;
  readonly purpose: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
export interface Detail {
  readonly transcript: readonly { readonly role: string; readonly fromMs: number; readonly text: string }[];
  readonly spans: readonly { readonly kind: string; readonly fromMs: number; readonly toMs: number }[];
}

/** The built server with one call that it answered and archived, and the people who look after it. */
export interface Product extends AsyncDisposable {
  readonly folder: string;
  readonly server: ServerProcess;
  /** Compliance, legal, privacy, auditor, administrator. */
  readonly people: Readonly<Record<(typeof NAMES)[number], StaffClient>>;
  /** Of its recording. */
  readonly id: string;
  readonly sipCallId: string;
}

const NAMES = ['chen', 'li', 'zhou', 'aud', 'adm'] as const;
/** `new` has never signed in. */
const ROLES = {
  new: 'compliance',
  chen: 'compliance',
  li: 'legal',
  zhou: 'privacy',
  aud: 'auditor',
  adm: 'administrator',
};

export async function openProduct(): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-console-'));
  const server = await startServer({ folder, set: { 'dialplan.file': join(DIALPLANS, 'two-languages.yaml') } });
  const sipCallId = await callOnce(server);
  for (const [name, role] of Object.entries(ROLES)) await addStaff(folder, name, role);
  const people = {} as Record<(typeof NAMES)[number], StaffClient>;
  for (const name of NAMES) people[name] = await signIn(server.http, name);
  const found = await eventually(
    () => people.chen.ok<Found>('POST', '/api/archive/search', { query: {} }),
    ({ recordings: [first] }) => first?.state === 'VERIFIED',
  );
  const [first] = found.recordings;
  if (first?.state !== 'VERIFIED') throw new Error(`the recording is ${first?.state}`);
  return {
    folder,
    server,
    people,
    id: first.id,
    sipCallId,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Hears the greeting, keys a secret, hears what can be done, hangs up. @returns its SIP Call-ID */
async function callOnce(server: ServerProcess): Promise<string> {
  await using caller = await call(server.sip);
  await speaks(caller);
  await server.until('prompt-finished');
  for (const digit of DIGITS) await caller.rtp.press(digit);
  await server.until('prompt-finished', ({ prompt }) => prompt.startsWith('asked'));
  await caller.hangUp();
  return caller.callId;
}

/** Plays from a moment: the browser's decoder, then WebAudio; the loudest sample of each channel within half a second. */
export const loudestAt = (page: Page, ms: number): Promise<readonly number[]> =>
  page.evaluate(async (at) => {
    const keep = window as unknown as { analysers?: AnalyserNode[]; context?: AudioContext };
    const audio = document.querySelector('audio');
    if (audio === null) throw new Error('no audio');
    if (keep.analysers === undefined) {
      const context = new AudioContext();
      const splitter = context.createChannelSplitter(2);
      context.createMediaElementSource(audio).connect(splitter);
      keep.context = context;
      keep.analysers = [0, 1].map((channel) => {
        const analyser = new AnalyserNode(context, { fftSize: 16_384 });
        splitter.connect(analyser, channel);
        return analyser;
      });
    }
    await keep.context?.resume();
    audio.currentTime = at / 1000;
    await audio.play();
    const deadline = performance.now() + 15_000;
    while (audio.currentTime < at / 1000 + 0.45 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const loudest = keep.analysers.map((analyser) => {
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    });
    audio.pause();
    return loudest;
  }, ms);

/** As whoever receives a bundle does it, far from the server. */
export async function verifiedBy(file: string, to: string) {
  for (const [path, bytes] of await readZip(await readFile(file))) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await writeFile(join(to, path), bytes);
  }
  return spawnSync(process.execPath, ['verify.mjs'], { cwd: to, encoding: 'utf8' });
}

/** Requests that would tell of the recording or of others; `grant` is somebody else's. */
export const hearing = (id: string, grant: string) =>
  [
    ['POST', '/api/archive/search', { query: {} }],
    ['GET', '/api/archive/recordings.csv', undefined],
    ['POST', `/api/archive/recordings/${id}/access`, { action: 'recording.view', purpose: 'curious', ticket: 'T' }],
    ['GET', `/api/archive/recordings/${id}?grant=${grant}`, undefined],
    ['GET', `/api/archive/recordings/${id}/peaks?grant=${grant}`, undefined],
    ['GET', `/api/archive/recordings/${id}/audio.wav?grant=${grant}`, undefined],
    ['POST', `/api/archive/recordings/${id}/verify`, undefined],
    ['GET', '/api/archive/exports', undefined],
    ['GET', '/api/archive/holds', undefined],
    ['POST', '/api/staff/break-glass', { recording: id, purpose: 'an emergency', ticket: '' }],
  ] as const;

/** With the token of machines, which opens no audio at all. */
export async function statusByToken({ folder, server }: Product, path: string): Promise<number> {
  const token = (await readFile(join(folder, 'token'), 'utf8')).trim();
  const headers = { authorization: `Bearer ${token}`, connection: 'close' };
  return (await fetch(`${server.http}${path}`, { headers })).status;
}

export async function provesInChinese(page: Page): Promise<void> {
  await page.getByRole('button', { name: '立即验证' }).click();
  await page.getByText('真实且完整').waitFor();
  const facts = (await page.locator('.ant-card li .facts').allInnerTexts()).filter((one) => /字节数|日志/.test(one));
  if (facts.length !== 4 || facts.some((one) => /\b(?:bytes|leaf|size|log)\b/.test(one)))
    throw new Error(facts.join('; '));
}

/** What was chosen in one search is not chosen in the next, where nobody sees it. */
export async function nothingStaysChosen(page: Page, id: string): Promise<void> {
  await page.getByLabel(id).check();
  await page.getByText('Place a hold on 1 recording').waitFor();
  await page.getByLabel('Words said').fill('zebra');
  await page.keyboard.press('Enter');
  await page.getByText('0 recordings', { exact: true }).waitFor();
  await page.getByText('Place a hold on 0 recordings').waitFor();
}
