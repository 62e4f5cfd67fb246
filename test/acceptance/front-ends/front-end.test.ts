import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { tone } from '../../../src/audio/tone.ts';
import { parseWav } from '../../../src/audio/wav.ts';
import { RtpPeer } from '../../media/rtp-peer.ts';
import { atRest } from '../../support/at-rest.ts';
import { openCallee } from '../../support/callee.ts';
import { call, openCaller, speaks } from '../../support/caller.ts';
import { expectWhole, typesIn } from '../../support/calls.ts';
import { speakToFile } from '../../support/debian-voices.ts';
import { hasPeer } from '../../support/peers.ts';
import { msOfTone, recordingOf } from '../../support/recording-of.ts';
import { callersOf } from './callers-of.ts';
import { FRONT_ENDS, type FrontEnd } from './front-ends.ts';

/* What a caller can notice of a front end, the same for all of them. */

describe.each(FRONT_ENDS)('$name', ({ missing, openWith }) => {
  describe.skipIf(missing !== undefined)(missing ?? 'serves calls', () => {
    let front: FrontEnd;
    let opened = false;
    beforeAll(async () => {
      front = await openWith();
      opened = true;
    });
    afterAll(async () => {
      if (opened) await front[Symbol.asyncDispose]();
    });
    afterEach(async () => {
      await atRest(front.bank);
      expect(front.violations(), 'what the real servers would not have done').toEqual([]);
    });

    const { entered, ended, greeted, silent } = callersOf(() => front);

    test('answers, speaks, takes a key over the prompt, says what was asked for; all of it is recorded', async () => {
      await using caller = await call(front.sip);
      const contact = await greeted(caller);
      await caller.rtp.press('1');
      await entered(contact, 'hours');
      const heard = caller.rtp.received.length;
      await speaks(caller, heard);
      caller.rtp.quiet();
      await caller.rtp.speak(tone([440], 8_000));
      caller.rtp.idle();
      await caller.hangUp();
      const events = await ended(caller);
      expectWhole(events);
      expect(events.find((event) => event.type === 'digits-keyed')).toMatchObject({ via: 'rfc4733', count: 1 });
      const long = events.find((event) => event.type === 'prompt-finished' && event.prompt.startsWith('main'));
      expect(long).toMatchObject({ because: 'barge-in' });
      const recording = await recordingOf(events);
      expect(msOfTone(await recording.track('customer'), 440)).toBeGreaterThan(700);
      const bot = await recording.track('bot');
      expect(bot.some((sample) => Math.abs(sample) > 1_000)).toBe(true);
    });

    test.skipIf(!hasPeer('espeak-ng'))(
      'falls silent when the caller speaks over the prompt, and understands what was said',
      async () => {
        const { samples } = parseWav(readFileSync(speakToFile('espeak-ng en-us', 'Opening hours.', front.bank.folder)));
        await using caller = await call(front.sip);
        const contact = await greeted(caller);
        caller.rtp.quiet();
        await caller.rtp.speak(samples[0] ?? new Int16Array(0));
        caller.rtp.idle();
        await front.bank.until('barge-in', (event) => event.contact === contact);
        await entered(contact, 'hours');
        await caller.hangUp();
        const events = await ended(caller);
        expectWhole(events);
        const outcomes = events.flatMap((event) => (event.type === 'barge-in' ? [event.outcome] : []));
        const long = events.find((event) => event.type === 'prompt-finished' && event.prompt.startsWith('main'));
        // a first decode that finds no meaning lets the prompt go on; where it has come to its end by then, nothing is left to interrupt
        if (outcomes.includes('committed')) expect(long).toMatchObject({ because: 'barge-in' });
        else expect([outcomes, long]).toMatchObject([['false'], { because: 'end' }]);
      },
      60_000,
    );

    test('a caller with PCMA', async () => {
      await using caller = await openCaller(front.sip, 'PCMA');
      caller.invite();
      await caller.answered();
      caller.rtp.idle();
      await greeted(caller);
      caller.rtp.quiet();
      await caller.rtp.speak(tone([440], 8_000));
      await caller.hangUp();
      const events = await ended(caller);
      expectWhole(events);
      expect(events.find(({ type }) => type === 'call-answered')).toMatchObject({ codec: 'PCMA' });
      const recording = await recordingOf(events);
      expect(recording.manifest.tracks.map((track) => track.codec)).toEqual(['PCMA', 'PCMA']);
      expect(msOfTone(await recording.track('customer'), 440)).toBeGreaterThan(700);
    });

    test('keys by INFO', async () => {
      await using caller = await call(front.sip);
      const contact = await greeted(caller);
      caller.send('INFO', {
        body: 'Signal=1\r\nDuration=160\r\n',
        headers: { 'Content-Type': 'application/dtmf-relay' },
      });
      expect((await caller.sip.hearResponse(200)).headers.get('cseq')).toMatch(/INFO$/);
      await entered(contact, 'hours');
      await caller.hangUp();
      const events = await ended(caller);
      expectWhole(events);
      expect(events.find((event) => event.type === 'digits-keyed')).toMatchObject({ via: 'info', count: 1 });
    });

    test('a secret is keyed: it is in no event, and the recording is masked meanwhile', async () => {
      await using caller = await call(front.sip);
      const contact = await greeted(caller);
      await caller.rtp.press('2');
      await front.bank.until('secure-began', (event) => event.contact === contact);
      caller.rtp.quiet();
      const speaking = caller.rtp.speak(tone([440], 8_000));
      await speaking;
      for (const digit of '7351') await caller.rtp.press(digit);
      caller.rtp.idle();
      await front.bank.until('secure-ended', (event) => event.contact === contact);
      await caller.hangUp();
      const events = await ended(caller);
      expectWhole(events);
      expect(JSON.stringify(events)).not.toContain('7351');
      const recording = await recordingOf(events);
      expect(recording.manifest.gaps.some((gap) => gap.track === 'customer' && gap.because === 'masked')).toBe(true);
      expect(msOfTone(await recording.track('customer'), 440)).toBeLessThan(100);
    });

    test('held and resumed: nothing is said meanwhile, and it goes on afterwards', async () => {
      await using caller = await call(front.sip);
      const contact = await greeted(caller);
      caller.send('INVITE', { body: caller.rtp.sdp({ direction: 'sendonly', version: 2 }) });
      const held = await caller.sip.hearFinal('2 INVITE');
      caller.ack();
      expect(Buffer.from(held.body).toString()).toMatch(/a=(?:recvonly|inactive)/);
      await front.bank.until('held', (event) => event.contact === contact);
      caller.rtp.quiet();
      await new Promise((resolve) => setTimeout(resolve, 900));
      const before = caller.rtp.received.length;
      caller.send('INVITE', { body: caller.rtp.sdp({ version: 3 }) });
      await caller.sip.hearFinal('3 INVITE');
      caller.ack();
      caller.rtp.idle();
      await front.bank.until('resumed', (event) => event.contact === contact);
      await speaks(caller, before);
      await caller.hangUp();
      const events = await ended(caller);
      expectWhole(events);
      const { manifest } = await recordingOf(events);
      const heldOn = (track: string): number =>
        manifest.gaps.reduce((sum, gap) => sum + (gap.track === track && gap.because === 'hold' ? gap.samples : 0), 0);
      expect(heldOn('bot')).toBeGreaterThan(3_000);
    });

    test('the caller moves its media elsewhere in mid-call', async () => {
      await using elsewhere = await RtpPeer.open();
      elsewhere.ssrc = 0x7777;
      await using caller = await call(front.sip);
      await greeted(caller);
      caller.send('INVITE', { body: elsewhere.sdp({ version: 2 }) });
      const answer = await caller.sip.hearFinal('2 INVITE');
      caller.ack();
      caller.rtp.quiet();
      elsewhere.aim(Buffer.from(answer.body).toString());
      await elsewhere.speak(tone([880], 8_000));
      await elsewhere.until((packets) => packets.length > 25, 'RTP at the new place');
      await caller.hangUp();
      const events = await ended(caller);
      expectWhole(events);
      expect(typesIn(events, 'held', 'resumed')).toEqual([]);
      expect(msOfTone(await (await recordingOf(events)).track('customer'), 880)).toBeGreaterThan(500);
    });

    test('CANCEL in every moment of the set-up', async () => {
      for (let n = 0; n < 6; n++) {
        await using caller = await openCaller(front.sip);
        caller.invite();
        if (n % 2 === 1) await caller.sip.hearResponse(100);
        await new Promise((resolve) => setTimeout(resolve, (n >> 1) * 4));
        caller.cancel();
        const { status } = await caller.final();
        expect([200, 487]).toContain(status);
        if (status === 200) await caller.hangUp();
        // one that is cancelled before we hear of it leaves nothing
        await atRest(front.bank);
      }
    });

    test('an INVITE without a description: our offer, the answer in the ACK, and both hear each other', async () => {
      await using caller = await openCaller(front.sip);
      caller.invite('');
      const ok = await caller.sip.hearResponse(200, 10_000);
      caller.rtp.aim(Buffer.from(ok.body).toString());
      const uri = /<([^>]+)>/.exec(ok.headers.get('contact') ?? '')?.[1] ?? '';
      caller.sip.send(
        caller.sip.request('ACK', {
          callId: caller.callId,
          to: ok.headers.get('to') ?? '',
          uri,
          body: caller.rtp.sdp(),
        }),
      );
      caller.rtp.idle();
      await speaks(caller);
      caller.rtp.quiet();
      await caller.rtp.speak(tone([440], 8_000));
      caller.sip.send(
        caller.sip.request('BYE', { callId: caller.callId, cseq: 2, to: ok.headers.get('to') ?? '', uri }),
      );
      await caller.sip.hearFinal('BYE');
      const events = await ended(caller);
      expectWhole(events);
      expect(msOfTone(await (await recordingOf(events)).track('customer'), 440)).toBeGreaterThan(700);
    });

    test('the bot hangs up', async () => {
      await using caller = await call(front.sip);
      await greeted(caller);
      await caller.rtp.press('3');
      await caller.hungUpOn();
      expectWhole(await ended(caller), 'bot-hung-up');
    });

    test('a person answers: both hear each other and not the bot; the person leaves first, and the bot is back', async () => {
      await using person = await openCallee(front.sip, front.personPort);
      await using caller = await call(front.sip);
      const contact = await greeted(caller);
      await caller.rtp.press('0');
      const invite = await person.ringing();
      expect(invite.headers.get('X-Contact-ID')).toBe(contact);
      await speaks(caller, caller.rtp.received.length); // music
      await person.answer();
      await front.bank.until('transfer-answered', (event) => event.contact === contact);
      await silent(caller, 200); // the music has stopped
      caller.rtp.quiet();
      person.rtp.quiet();
      await Promise.all([caller.rtp.speak(tone([440], 12_000)), person.rtp.speak(tone([660], 12_000))]);
      for (const one of [caller, person]) one.rtp.idle();
      expect(msOfTone(caller.rtp.heard(), 660)).toBeGreaterThan(900);
      expect(msOfTone(person.rtp.heard(), 440)).toBeGreaterThan(900);
      const heard = caller.rtp.received.length;
      await person.hangUp();
      await front.bank.until('transfer-ended', (event) => event.contact === contact && event.outcome === 'completed');
      await speaks(caller, heard);
      await caller.hangUp();
      const events = await ended(caller);
      expectWhole(events);
      const recording = await recordingOf(events);
      expect(msOfTone(await recording.track('customer'), 440)).toBeGreaterThan(900);
      expect(msOfTone(await recording.track('agent'), 660)).toBeGreaterThan(900);
    });

    test('the caller leaves first: the person is hung up on', async () => {
      await using person = await openCallee(front.sip, front.personPort);
      await using caller = await call(front.sip);
      const contact = await greeted(caller);
      await caller.rtp.press('0');
      await person.answer();
      await front.bank.until('transfer-answered', (event) => event.contact === contact);
      await caller.hangUp();
      await person.hungUpOn();
      const events = await ended(caller);
      expectWhole(events);
      expect(typesIn(events, 'transfer-answered', 'transfer-ended')).toEqual(['transfer-answered', 'transfer-ended']);
    });

    test('the person declines: the bot is back', async () => {
      await using person = await openCallee(front.sip, front.personPort);
      await using caller = await call(front.sip);
      const contact = await greeted(caller);
      await caller.rtp.press('0');
      person.sip.respond(await person.ringing(), 603);
      await front.bank.until('transfer-ended', (event) => event.contact === contact && event.outcome === 'declined');
      await entered(contact, 'main');
      await caller.hangUp();
      expectWhole(await ended(caller));
    });
  });
});
