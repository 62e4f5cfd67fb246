import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PhoneApp } from '../../src/app/open-phone-app.ts';
import type { Step } from '../../src/lab/phone/script.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { atRest } from '../support/at-rest.ts';
import { follow, openTestPhone } from '../support/call.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

/* The whole product on keys alone: no recognizer has to start. */

let phone: PhoneApp;
beforeAll(async () => {
  phone = await openTestPhone();
});
afterAll(() => phone[Symbol.asyncDispose]());

const lineOf = ({ app }: TestApp): string => `sip:bank@${app.sip.host}:${app.sip.port}`;

async function everyFile(folder: string): Promise<{ readonly path: string; readonly bytes: Buffer }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (path) => ({ path, bytes: await readFile(path) })));
}

describe('no person is configured', () => {
  let bank: TestApp;
  beforeAll(async () => {
    bank = await openTestApp({ set: { 'speech.synthesizer': 'neural-voice' } });
  });
  beforeEach(async () => {
    await atRest(bank);
    bank.forget();
  });
  afterAll(() => bank[Symbol.asyncDispose]());

  test('balance by keys, typed ahead; the PIN keyed when asked for; all of it recorded, the PIN nowhere', async () => {
    async function* caller(): AsyncGenerator<Step> {
      yield { press: '1' };
      yield { press: '12345678' };
      await bank.until('secure-began', undefined, 40_000);
      yield { pause_ms: 200 };
      yield { press: '2468' };
      await bank.until('prompt-finished', ({ prompt }) => prompt.startsWith('say-balance'), 30_000);
      yield 'hang-up';
    }
    await follow(phone, lineOf(bank), caller());
    const sealed = await bank.until('recording-sealed');
    await bank.until('call-ended', ({ because }) => because === 'caller-hung-up');

    expect(bank.events.find((event) => event.type === 'keys-only')).toMatchObject({ because: 'no-recognizer' });
    expect(bank.events.find((event) => event.type === 'prompt-started' && event.personal)).toMatchObject({
      text: expect.stringContaining('one thousand two hundred thirty-four dollars'),
    });
    expect(bank.events.find((event) => event.type === 'digits-keyed' && event.secret)).toMatchObject({
      count: 4,
      via: 'rfc4733',
    });
    expect(bank.events.map(({ seq }) => seq)).toEqual(bank.events.map((_, index) => index + 1));
    expect(await verifyRecording(dirname(sealed.path))).toMatchObject({ ok: true, problems: [] });
    const manifest = await readFile(join(dirname(sealed.path), 'manifest.json'), 'utf8');
    expect(JSON.parse(manifest)).toMatchObject({
      retention: { policy: 'bank-default', policy_version: 1, retain_until: expect.any(String) },
    });

    expect(JSON.stringify(bank.events)).not.toContain('2468');
    for (const { path, bytes } of await everyFile(bank.folder))
      if (!path.endsWith('.wav')) expect(bytes.includes('2468'), path).toBe(false);
  });

  test('whoever asks for one hears so and gets another choice', async () => {
    async function* caller(): AsyncGenerator<Step> {
      yield { press: '0' };
      await bank.until('transfer-ended', ({ outcome }) => outcome === 'failed', 40_000);
      await bank.until('state-entered', ({ state }) => state === 'try-again');
      yield 'hang-up';
    }
    await follow(phone, lineOf(bank), caller());
    await bank.until('recording-verified', ({ ok }) => ok);
  });

  test('a telephone without a recognizer knows by the level of the sound when the far end speaks and when it is silent', async () => {
    const heard = await follow(phone, lineOf(bank), [
      { 'wait-for': { speech: true, within_s: 20 } },
      { 'wait-for': { silence_ms: 400, within_s: 40 } },
      'hang-up',
    ]);
    await bank.until('call-ended', ({ because }) => because === 'caller-hung-up');
    expect(heard.map(({ what }) => what).filter((what) => what !== 'answer-began')).toEqual([
      'dialled',
      'answered',
      'hung-up',
    ]);
    expect(bank.events.some((event) => event.type === 'prompt-finished' && event.played_ms > 500)).toBe(true);
  });
});

describe('a person has a telephone', () => {
  let person: PhoneApp;
  let bank: TestApp;
  beforeAll(async () => {
    person = await openTestPhone();
    bank = await openTestApp({ set: { 'person.uri': `sip:person@127.0.0.1:${person.sip.port}` } });
  });
  beforeEach(async () => {
    await atRest(bank);
    bank.forget();
  });
  afterAll(async () => {
    await bank[Symbol.asyncDispose]();
    await person[Symbol.asyncDispose]();
  });

  test('a person answers: music, bridge, the person hangs up and so does the bank', async () => {
    async function* agent(): AsyncGenerator<Step> {
      yield { answer: { after_ms: 200, within_s: 60 } };
      await bank.until('transfer-answered');
      yield { press: '5' };
      yield 'hang-up';
    }
    const agentCall = follow(person, undefined, agent());
    const lines = await follow(phone, lineOf(bank), [
      { press: '0' },
      { 'wait-for': { 'hang-up': true, within_s: 60 } },
    ]);
    await agentCall;
    expect(lines.at(-1)).toMatchObject({ what: 'far-end-hung-up' });
    await bank.until('transfer-ended', ({ outcome, talked_ms }) => outcome === 'completed' && talked_ms > 0);
    const sealed = await bank.until('recording-sealed');
    expect((await readdir(join(dirname(sealed.path), 'tracks'))).toSorted()).toEqual([
      'agent-private.pcmu.wav', // between their answer and the bridge
      'agent.pcmu.wav',
      'bot.pcmu.wav',
      'customer.pcmu.wav',
    ]);
    await bank.until('call-ended', ({ because }) => because === 'bot-hung-up');
  });

  test('the person declines; then the caller hangs up while the person rings', async () => {
    async function* caller(): AsyncGenerator<Step> {
      yield { press: '0' };
      await bank.until('transfer-ended', ({ outcome }) => outcome === 'declined', 40_000);
      await bank.until('state-entered', ({ state }) => state === 'try-again');
      yield { press: '1' };
      await bank.until(
        'transfer-ringing',
        ({ seq }) => bank.events.some((event) => event.type === 'transfer-ended' && event.seq < seq),
        20_000,
      );
      yield { pause_ms: 300 };
      yield 'hang-up';
    }
    const declining = follow(person, undefined, [{ decline: { status: 603, within_s: 60 } }]);
    await follow(phone, lineOf(bank), caller());
    await declining;
    await bank.until('transfer-ended', ({ outcome }) => outcome === 'caller-hung-up');
    await bank.until('call-ended', ({ because }) => because === 'caller-hung-up');
  });
});
