import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeMulaw } from '../../src/audio/g711.ts';
import { dtmfTone } from '../../src/audio/tone.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { atRest } from '../support/at-rest.ts';
import { call, openCaller } from '../support/caller.ts';
import { callOf, callsOf, expectWhole, onlyCall, openKeypadLine } from '../support/calls.ts';
import {
  answered,
  caller,
  dialled,
  exec,
  expectStatus,
  freePort,
  hangUp,
  hungUpOn,
  named,
  optional,
  pause,
  SDP,
  sdpOf,
  sipp,
  sippMissing,
  steps,
} from '../support/sipp.ts';
import type { TestApp } from '../support/test-app.ts';

/* The whole server, called by SIPp: calls, and keys in every way that they come. */

let bank: TestApp;
let line = '';
beforeAll(async () => {
  bank = await openKeypadLine();
  line = `${bank.app.sip.host}:${bank.app.sip.port}`;
});
afterAll(() => bank[Symbol.asyncDispose]());
afterEach(() => atRest(bank));

describe.skipIf(sippMissing)('calls of SIPp', () => {
  test.each(['u1', 't1'])(
    'its own caller over %s: 20 calls, all recorded',
    async (transport) => {
      const name = `uac-${transport}`;
      await using calling = sipp({ builtIn: 'uac' }, ['-t', transport, '-r', '10', '-d', '300', ...named(name), line], {
        calls: 20,
        timeout: 30,
        behaviours: 'all',
      });
      expect(await calling.done).toMatchObject({ status: 0 });
      await atRest(bank);
      expect(callsOf(bank, name)).toHaveLength(20);
      for (const events of callsOf(bank, name)) expectWhole(events);
    },
    60_000,
  );

  test('every twelfth message of either side is lost: 20 calls complete all the same', async () => {
    const invite = caller.invite(SDP, [], 'retrans="500" start_txn="invite"');
    const scenario = steps(
      invite,
      '<recv response="100" optional="true" response_txn="invite"/>',
      '<recv response="200" rrs="true" response_txn="invite"/>',
      caller.request('ACK', 1, { attributes: 'ack_txn="invite"' }),
      pause(500),
      caller.request('BYE', 2, { attributes: 'retrans="500" start_txn="bye"' }),
      '<recv response="200" response_txn="bye"/>',
    );
    await using calling = sipp(scenario, ['-r', '20', '-lost', '12', ...named('lost'), line], {
      calls: 20,
      timeout: 40,
    });
    expect(await calling.done).toMatchObject({ status: 0 });
    await atRest(bank);
    expect(callsOf(bank, 'lost')).toHaveLength(20);
    for (const events of callsOf(bank, 'lost')) expectWhole(events);
  });

  test('hangs up at once, without waiting for anything', async () => {
    const scenario = steps(dialled(), hangUp(2));
    await using calling = sipp(scenario, ['-r', '10', ...named('at-once'), line], { calls: 10, timeout: 20 });
    expect(await calling.done).toMatchObject({ status: 0 });
    await atRest(bank);
    expect(callsOf(bank, 'at-once')).toHaveLength(10);
    for (const events of callsOf(bank, 'at-once')) expectWhole(events);
  });

  test('the BYE comes again, twice', async () => {
    await using telephone = await call(bank.app.sip);
    const bye = telephone.send('BYE');
    await telephone.sip.hearResponse(200);
    for (let n = 0; n < 2; n++) {
      telephone.sip.send(bye);
      expect((await telephone.sip.hearResponse(200)).headers.get('cseq')).toBe('2 BYE');
    }
    await atRest(bank);
    expectWhole(callOf(bank, telephone.callId));
  });

  test('hangs up without an ACK', async () => {
    const scenario = steps(caller.invite(), optional(100), answered, hangUp(2));
    await using calling = sipp(scenario, ['-r', '10', ...named('no-ack'), line], { calls: 5, timeout: 20 });
    expect(await calling.done).toMatchObject({ status: 0 });
    await atRest(bank);
    expect(callsOf(bank, 'no-ack')).toHaveLength(5);
    for (const events of callsOf(bank, 'no-ack')) expect(events.at(-1)).toMatchObject({ type: 'call-ended' });
  });

  // SIPp cannot tell the responses to a CANCEL from those to its INVITE
  test.each(['right behind the INVITE', 'as soon as it is being tried'])(
    'CANCEL %s: 487, or an answer that crosses it and is hung up',
    async (when) => {
      for (let n = 0; n < 8; n++) {
        await using telephone = await openCaller(bank.app.sip);
        const { sip } = telephone;
        telephone.invite();
        if (when !== 'right behind the INVITE') await sip.hearResponse(100);
        telephone.cancel();
        const { status } = await telephone.final();
        expect([200, 487]).toContain(status);
        expect((await sip.hearResponse(200)).headers.get('cseq')).toBe('1 CANCEL');
        if (status === 200) await telephone.hangUp();
        await atRest(bank);
        const events = callOf(bank, telephone.callId);
        if (status === 487) expect(events.at(-1)).toMatchObject({ type: 'call-ended', because: 'cancelled' });
        else expectWhole(events);
      }
    },
    60_000,
  );

  test('calls with one Call-ID, one after the other and while the other is up', async () => {
    const callFor = (duration: number): string => steps(dialled(), pause(duration), hangUp(2));
    const args = ['-cid_str', 'same-always@127.0.0.1', line];
    await using first = sipp(callFor(100), args, { timeout: 20 });
    expect(await first.done).toMatchObject({ status: 0 });
    await using second = sipp(callFor(1_500), args, { timeout: 20 });
    // while it is being set up, another with its Call-ID would be 482
    await bank.until('call-answered', ({ contact }) => callsOf(bank, 'same')[1]?.[0]?.contact === contact);
    await using third = sipp(callFor(100), args, { timeout: 20 });
    for (const { status, errors } of await Promise.all([second.done, third.done])) expect(status, errors).toBe(0);
    await atRest(bank);
    expect(callsOf(bank, 'same')).toHaveLength(3);
    for (const events of callsOf(bank, 'same')) expectWhole(events);
  });

  test('outside of calls: OPTIONS is 200, a method unheard of 405, a dialog unheard of 481', async () => {
    const outside = (method: string): string => caller.invite('').replaceAll('INVITE', method);
    const ofNoDialog = (method: string): string => outside(method).replace(/^(To: .*)$/m, '$1;tag=nobody');
    const scenario = steps(
      outside('OPTIONS'),
      expectStatus(200),
      outside('FROBNICATE'),
      expectStatus(405),
      ofNoDialog('BYE'),
      expectStatus(481),
      ofNoDialog('INFO'),
      expectStatus(481),
      ofNoDialog('INVITE'),
      expectStatus(481),
      caller.ackFailure,
    );
    for (const transport of ['u1', 't1']) {
      await using calling = sipp(scenario, ['-t', transport, ...named('outside'), line], { timeout: 20 });
      expect(await calling.done).toMatchObject({ status: 0 });
    }
    expect(callsOf(bank, 'outside')).toEqual([]);
  });
});

const KEYS = '1234567890';
/** `*` asks for the question again, `#` ends the entry. */
const ALL_KEYS = `*${KEYS}#`;

/** Call, keys up to '#', goodbye. */
async function keyed(
  name: string,
  sdp: string,
  press: string,
  options: { readonly transport?: string; readonly rtpStream?: boolean } = {},
): Promise<CallEvent[]> {
  const media = ['-mi', '127.0.0.1', '-mp', String(await freePort())];
  await using calling = sipp(
    steps(dialled(sdp), press, hungUpOn),
    ['-t', options.transport ?? 'u1', ...media, ...named(name), line],
    { timeout: 30 },
  );
  const result = await calling.done;
  expect(result.status, result.errors).toBe(0);
  await atRest(bank);
  const events = onlyCall(bank, name);
  expectWhole(events, 'bot-hung-up');
  return events;
}

const pcap = (key: string): string => {
  const file = { '*': 'star', '#': 'pound' }[key] ?? key;
  return steps(exec(`play_pcap_audio="/usr/share/sip-tester/dtmf_2833_${file}.pcap"`), pause(300));
};

describe.skipIf(sippMissing)('keys of SIPp', () => {
  test.each([
    ['application/dtmf-relay', 'u1', (key: string) => `Signal=${key}\nDuration=160\n`],
    ['application/dtmf', 't1', (key: string) => key],
  ])(
    'by INFO: %s over %s',
    async (type, transport, content) => {
      const infos = Array.from(ALL_KEYS).map((key, n) =>
        steps(caller.request('INFO', n + 2, { type, content: content(key) }), expectStatus(200)),
      );
      const name = `info-${transport}`;
      const events = await keyed(name, SDP, steps(...infos), { transport });
      expect(events.find(({ type: one }) => one === 'slot-filled')).toMatchObject({ value: KEYS });
      expect(events.filter(({ type: one }) => one === 'digits-keyed')).toMatchObject([
        { via: 'info', count: 1 },
        { via: 'info', count: 10 },
      ]);
    },
    60_000,
  );

  test('by RFC 4733 as payload type 96', async () => {
    const sdp = sdpOf('0 96', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:96 telephone-event/8000');
    const events = await keyed('event-96', sdp, exec(`play_dtmf="${ALL_KEYS}"`));
    expect(events.find(({ type }) => type === 'slot-filled')).toMatchObject({ value: KEYS });
    expect(events.filter(({ type }) => type === 'digits-keyed')).toMatchObject([
      { via: 'rfc4733', count: 1 },
      { via: 'rfc4733', count: 10 },
    ]);
  });

  test('by the captures that come with it, the same key twice among them', async () => {
    const sdp = sdpOf('0 101', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15');
    const events = await keyed('pcap', sdp, steps(...Array.from(`*${KEYS}00#`, pcap)));
    expect(events.find(({ type }) => type === 'slot-filled')).toMatchObject({ value: `${KEYS}00` });
    expect(events.filter(({ type }) => type === 'digits-keyed')).toMatchObject([
      { via: 'rfc4733', count: 1 },
      { via: 'rfc4733', count: 12 },
    ]);
  });

  test('in-band, where no telephone-event was agreed', async () => {
    const silence = new Int16Array(640);
    const sound = [silence, ...Array.from(ALL_KEYS).flatMap((key) => [dtmfTone(key, 800), silence])];
    const file = join(bank.folder, 'keys.ulaw');
    await writeFile(file, Buffer.concat(sound.map((samples) => encodeMulaw(samples))));
    const sdp = sdpOf('0', 'a=rtpmap:0 PCMU/8000').replace('[media_port]', '[rtpstream_audio_port]');
    const events = await keyed('in-band', sdp, exec(`rtp_stream="${file},1,0"`));
    expect(events.find(({ type }) => type === 'slot-filled')).toMatchObject({ value: KEYS });
    expect(events.filter(({ type }) => type === 'digits-keyed')).toMatchObject([
      { via: 'inband', count: 1 },
      { via: 'inband', count: 10 },
    ]);
  });
});
