import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PhoneApp } from '../../src/app/open-phone-app.ts';
import { parseWav } from '../../src/audio/wav.ts';
import type { Step } from '../../src/lab/phone/script.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { archived } from '../support/archived.ts';
import { follow, openTestPhone } from '../support/call.ts';
import { type Caller, call, speaks } from '../support/caller.ts';
import { speakToFile } from '../support/debian-voices.ts';
import { untilNone } from '../support/gauges.ts';
import { hasPeer } from '../support/peers.ts';
import { DIALPLANS, eventually, runTellerline, type ServerProcess, startServer } from '../support/server-process.ts';

/* Threads and processes of the server die under live calls. */

async function contactOf(server: ServerProcess, { callId }: Caller): Promise<string> {
  return (await server.until('call-offered', (event) => event.sip_call_id === callId)).contact;
}

/** The recording of a contact, verified; how loud each side is at most. */
async function recordingOf(server: ServerProcess, contact: string): Promise<{ customer: number; bot: number }> {
  const { path } = await server.until('recording-sealed', (event) => event.contact === contact);
  expect(await verifyRecording(dirname(path))).toMatchObject({ intact: true });
  const loudest = async (track: string): Promise<number> => {
    const { samples } = parseWav(await readFile(join(dirname(path), 'tracks', `${track}.pcmu.wav`)));
    return (samples[0] ?? new Int16Array(0)).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  };
  return { customer: await loudest('customer'), bot: await loudest('bot') };
}

const goAhead = (server: ServerProcess, contact: string) =>
  server.until('prompt-finished', (event) => event.contact === contact && event.prompt.startsWith('main'));

const becomes = <T>(value: () => T, satisfied: (value: T) => boolean, withinMs?: number): Promise<T> =>
  eventually(() => Promise.resolve(value()), satisfied, withinMs);

/** A key is pressed and answered. */
async function expectAnswer(server: ServerProcess, caller: Caller): Promise<void> {
  const hours = () => server.events.filter((event) => event.type === 'state-entered' && event.state === 'hours').length;
  const [before, heard] = [hours(), caller.rtp.received.length];
  await caller.rtp.press('1');
  expect(await becomes(hours, (now) => now > before)).toBeGreaterThan(before);
  await speaks(caller, heard, 300);
}

/** Takes the server's re-INVITE: its media is somewhere else now. */
async function takeOffer({ sip, rtp }: Caller): Promise<void> {
  const offer = await sip.hearRequest('INVITE', 20_000);
  rtp.aim(Buffer.from(offer.body).toString());
  sip.respond(offer, 200, { body: rtp.sdp({ version: 2 }) });
  await sip.hearRequest('ACK', 20_000);
}

describe('one server, whose threads are replaced one after the other', () => {
  let phone: PhoneApp;
  let server: ServerProcess;
  beforeAll(async () => {
    phone = await openTestPhone('voice');
    const set = { 'person.uri': `sip:person@127.0.0.1:${phone.sip.port}` };
    server = await startServer({ fragile: true, set });
  });
  beforeEach(async () => {
    await untilNone(server);
    server.forget();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await phone[Symbol.asyncDispose]();
  });

  test('the thread that archives dies, again and again: it is told, and replaced; what it had, and what came meanwhile, is archived and verified', async () => {
    const config = join(server.folder, 'tellerline.yaml');
    const own = new Set<string>();
    const verified = async (): Promise<readonly unknown[]> => {
      await archived(server, own.size);
      const { stdout } = await runTellerline('archive', 'list', '--state', 'VERIFIED', '--json', '--config', config);
      return (JSON.parse(stdout) as { contact: string }[]).filter(({ contact }) => own.has(contact));
    };
    const talk = async (): Promise<void> => {
      await using caller = await call(server.sip);
      await speaks(caller);
      const contact = await contactOf(server, caller);
      own.add(contact);
      await caller.hangUp();
      await server.until('recording-sealed', (event) => event.contact === contact);
    };
    await talk();
    expect(await eventually(verified, (ids) => ids.length === 1)).toHaveLength(1);
    // while it has nothing to do, and then as soon as it has
    server.crash('pipeline-worker.js');
    const told = () => server.stderr.split('the thread that archives recordings died').length - 1;
    expect(await becomes(told, (deaths) => deaths === 1)).toBe(1);
    await talk();
    server.crash('pipeline-worker.js');
    await talk();
    expect(await eventually(verified, (ids) => ids.length === 3, 120_000)).toHaveLength(3);
    const failing = () => server.metric('archive_failing');
    expect(await eventually(failing, (count) => count === 0)).toBe(0);
    expect(await runTellerline('archive', 'fsck', '--config', config)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+ recordings checked, 0 with problems\n$/),
    });
  }, 180_000);

  test('a media worker dies: the caller hears an apology and the question again, and the call goes on to its end', async () => {
    await using caller = await call(server.sip);
    await speaks(caller);
    const contact = await contactOf(server, caller);
    await goAhead(server, contact);
    server.crash('media-worker.js');
    await takeOffer(caller);
    const heard = caller.rtp.received.length;
    const moved = await server.until('media-moved', (event) => event.contact === contact);
    expect(moved).toMatchObject({ because: 'MEDIA_WORKER_LOST' });
    await speaks(caller, heard);
    const prompts = () =>
      server.events.flatMap((event) =>
        event.type === 'prompt-started' && event.contact === contact && event.seq > moved.seq ? [event.prompt] : [],
      );
    await server.until('prompt-finished', ({ prompt, seq }) => seq > moved.seq && prompt.startsWith('main'));
    expect(prompts()).toEqual(['trouble/disturbed', 'keys-only', 'main/keys']); // all that was last said in one breath
    await expectAnswer(server, caller);
    await caller.rtp.press('9');
    await server.until('prompt-started', ({ prompt }) => prompt === 'commands/goodbye/confirm/keys');
    await caller.rtp.press('1');
    await caller.hungUpOn();
    await server.until('call-ended', (event) => event.contact === contact && event.because === 'bot-hung-up');
    expect(await recordingOf(server, contact)).toMatchObject({ bot: expect.toSatisfy((level) => level > 1000) });
    const { gaps } = await server.until('recording-sealed', (event) => event.contact === contact);
    expect(gaps).toBeGreaterThan(0);

    await using next = await call(server.sip);
    await speaks(next);
    await expectAnswer(server, next);
    await next.hangUp();
  });

  test('a media worker dies while a person talks with the caller: both are on other media, joined again', async () => {
    await using caller = await call(server.sip);
    await speaks(caller);
    const contact = await contactOf(server, caller);
    await goAhead(server, contact);
    async function* person(): AsyncGenerator<Step> {
      yield { answer: { after_ms: 100, within_s: 60 } };
      await server.until('transfer-answered');
      server.crash('media-worker.js');
      await takeOffer(caller);
      const { leg } = await server.until('media-moved');
      await server.until('media-moved', (event) => event.leg !== leg);
      await server.until('prompt-finished', ({ prompt }) => prompt === 'trouble/disturbed');
      const heard = caller.rtp.received.length;
      yield { say: 'Hello again, can you hear me?' };
      await speaks(caller, heard, 500);
      yield 'hang-up';
    }
    const talk = follow(phone, undefined, person());
    await caller.rtp.press('0');
    await server.until('transfer-ended', ({ outcome, talked_ms }) => outcome === 'completed' && talked_ms > 0, 60_000);
    await talk;
    await caller.hungUpOn();
    const { path } = await server.until('recording-sealed');
    expect(await verifyRecording(dirname(path))).toMatchObject({ intact: true });
    expect(await readdir(join(dirname(path), 'tracks'))).toContain('agent.pcmu.wav');
  });

  test('the recorder dies: the call goes on, the trouble is known, and the next call is recorded again', async () => {
    await using caller = await call(server.sip);
    await speaks(caller);
    const contact = await contactOf(server, caller);
    await goAhead(server, contact);
    server.crash('recorder-worker.js');
    await server.until('trouble', (event) => event.contact === contact && event.where === 'recording');
    await expectAnswer(server, caller);
    await caller.hangUp();
    expect(await recordingOf(server, contact)).toMatchObject({ bot: expect.toSatisfy((level) => level > 1000) });

    await using next = await call(server.sip);
    await speaks(next);
    await next.hangUp();
    expect(await recordingOf(server, await contactOf(server, next))).toMatchObject({
      bot: expect.toSatisfy((level) => level > 1000),
    });
  });
});

test('a media worker dies while a PIN is keyed: it is asked for again, what was keyed before is forgotten, none of it is kept', async () => {
  const set = { 'dialplan.file': join(DIALPLANS, 'secret.yaml') };
  await using server = await startServer({ fragile: true, set });
  await using caller = await call(server.sip);
  const { contact } = await server.until('secure-began');
  for (const key of '7391') await caller.rtp.press(key);
  server.crash('media-worker.js');
  await takeOffer(caller);
  const moved = await server.until('media-moved', (event) => event.contact === contact);
  await server.until('prompt-finished', ({ prompt, seq }) => seq > moved.seq && prompt.startsWith('prove'));
  for (const key of '86420864') await caller.rtp.press(key);
  const keyed = await server.until('digits-keyed');
  expect(keyed).toMatchObject({ count: 8, secret: true });
  await server.until('state-entered', ({ state }) => state === 'verify');
  await caller.hangUp();
  await server.until('call-ended', ({ because }) => because === 'caller-hung-up');
  // secure from the first prompt to the last key, the move included
  const secure = server.events.filter(({ type }) => type === 'secure-began' || type === 'secure-ended');
  expect(secure.map(({ type }) => type)).toEqual(['secure-began', 'secure-ended']);
  expect(JSON.stringify(server.events)).not.toMatch(/7391|86420864/);
  expect(await recordingOf(server, contact)).toMatchObject({ customer: 0 });
});

test('the SIP worker dies: recordings are sealed, and the server ends with a sentence for whoever starts it again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-sip-dies-'));
  try {
    {
      await using server = await startServer({ folder, fragile: true });
      await using caller = await call(server.sip);
      await speaks(caller);
      const contact = await contactOf(server, caller);
      server.crash('sip-worker.js');
      const { status, stderr } = await server.exited;
      expect(status).toBe(1);
      expect(stderr).toMatch(/tellerline: the SIP worker died, and every call with it/);
      await server.until('call-ended', (event) => event.contact === contact);
    }
    await using server = await startServer({ folder });
    expect(server.stdout).not.toContain('Recovered');
    const { text } = await server.get('/api/calls');
    expect(JSON.parse(text)).toMatchObject({ calls: [{ live: false, because: 'failed' }] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.skipIf(!hasPeer('espeak-ng'))(
  'recognizer, voice activity and speech worker die under one call, and it is served to its end',
  async () => {
    await using server = await startServer({
      fragile: true,
      set: { 'speech.recognizer': 'whisper', 'speech.voice_activity_detection': true },
    });
    const { samples } = parseWav(await readFile(speakToFile('espeak-ng en-us', 'Opening hours.', server.folder)));
    const request = samples[0] ?? new Int16Array(0);
    await using caller = await call(server.sip);
    await speaks(caller);
    const contact = await contactOf(server, caller);
    await goAhead(server, contact);
    const say = async (): Promise<void> => {
      caller.rtp.quiet();
      await caller.rtp.speak(request);
      caller.rtp.idle();
    };
    const spoken = () => server.events.filter(({ type }) => type === 'speech-ended').length;
    const hours = () =>
      server.events.filter((event) => event.type === 'state-entered' && event.state === 'hours').length;

    // in the middle of a decode
    const [recognizer = 0, ...others] = await server.children('whisper-process');
    expect({ recognizer, others }).toEqual({ recognizer: expect.toSatisfy((pid) => pid > 0), others: [] });
    process.kill(recognizer, 'SIGSTOP');
    await say();
    await becomes(spoken, (times) => times > 0);
    process.kill(recognizer, 'SIGKILL');
    // what was being decoded is decoded by its successor, while the caller still waits
    await server.until('recognized', (event) => event.contact === contact);
    const replaced = await eventually(
      () => server.children('whisper-process'),
      (pids) => pids.length > 0 && !pids.includes(recognizer),
    );
    expect(replaced).toHaveLength(1);

    const [silero = 0] = await server.children('silero-process');
    process.kill(silero, 'SIGKILL');
    const before = hours();
    const understood = await eventually(
      async () => {
        await say();
        return becomes(hours, (times) => times > before, 5_000);
      },
      (times) => times > before,
      40_000,
    );
    expect(understood).toBeGreaterThan(before);

    server.crash('speech-worker.js');
    await becomes(
      () => server.stderr,
      (text) => text.includes('the speech worker is being replaced'),
    );
    await expectAnswer(server, caller);
    await caller.hangUp();
    await server.until('call-ended', (event) => event.contact === contact && event.because === 'caller-hung-up');
    expect(await recordingOf(server, contact)).toMatchObject({
      bot: expect.toSatisfy((level) => level > 1000),
      customer: expect.toSatisfy((level) => level > 1000),
    });
  },
  120_000,
);
