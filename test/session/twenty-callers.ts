import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asError } from '../../src/domain/error.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import type { RtpPeer } from '../media/rtp-peer.ts';
import { openCaller } from '../support/caller.ts';
import { GAUGES, type Levels, untilNone } from '../support/gauges.ts';
import { archiveBegun } from '../support/server-process.ts';
import { humanSpeech } from '../support/speech-data.ts';
import { answered, asked, pause, type Ringing, server, startSession } from './line/session-server.ts';
import { TROUBLES } from './line/troubles.ts';

/*
 * Twenty callers at once over one server, each with a trouble of real lines. None is left without an answer, nobody is
 * alarmed, and nothing is left behind.
 */

let descriptors = 0;

beforeAll(async () => {
  await startSession();
  await using first = await ring();
  await asked(first);
  await answered(first, '3');
  await first.line.hangUp();
  await server.until('recording-verified', (event) => event.contact === first.contact);
  await archiveBegun(server);
  await atRest();
  descriptors = (await server.descriptors()).length;
});
afterAll(() => server[Symbol.asyncDispose]());

// recordings are sealed and archived at the lowest priority: what else the machine does goes first
const atRest = (): Promise<Levels> => untilNone(server, GAUGES, 100_000);

/** Dials, is answered, and sends silence until told otherwise. */
async function ring(sdp?: (rtp: RtpPeer) => string): Promise<Ringing> {
  const line = await openCaller(server.sip);
  line.invite(sdp?.(line.rtp));
  await line.answered();
  line.rtp.idle();
  const { contact } = await server.until('call-offered', (event) => event.sip_call_id === line.callId);
  return { line, contact, [Symbol.asyncDispose]: () => line[Symbol.asyncDispose]() };
}

/** What happened to one caller, in short. */
const story = (contact: ContactId): string =>
  server.events
    .filter((event) => event.contact === contact)
    .map((event) =>
      event.type === 'state-entered'
        ? `→${event.state}`
        : event.type.startsWith('prompt-') && 'prompt' in event
          ? `${event.type} ${event.prompt}`
          : event.type,
    )
    .join(', ');

/** They never acknowledge what they are answered, and ask whether anybody is there. */
async function scan(): Promise<void> {
  await using scanner = await openCaller(server.sip);
  scanner.invite();
  await scanner.sip.hear(({ kind }) => kind === 'response', 10_000);
  for (let n = 0; n < 20; n++) scanner.sip.send(scanner.sip.request('OPTIONS', { callId: `options-${n}` }));
  await pause(3_000);
  expect(scanner.rtp.received).toEqual([]);
}

test.skipIf(humanSpeech().length === 0)(
  'twenty callers with the troubles of real lines',
  async () => {
    const outcomes = await Promise.allSettled([
      ...Object.entries(TROUBLES).map(async ([trouble, suffer]) => {
        await using caller = await ring();
        try {
          await suffer(caller);
          await caller.line.hangUp();
          const of = ({ contact }: { readonly contact: ContactId }): boolean => contact === caller.contact;
          // recordings of twenty calls are sealed at a low priority, one after the other
          const ended = await server.until('call-ended', of, 90_000);
          expect(ended).toMatchObject({ because: 'caller-hung-up' });
          expect(await server.until('recording-verified', of)).toMatchObject({ ok: true, problems: [] });
          const sealed = await server.until('recording-sealed', of);
          expect(await verifyRecording(dirname(sealed.path))).toMatchObject({ ok: true });
        } catch (thrown) {
          const { message } = asError(thrown);
          throw new Error(`${trouble}: ${message.slice(0, 600)}\n  its events: ${story(caller.contact)}`, {
            cause: thrown,
          });
        }
      }),
      ...Array.from({ length: 20 - Object.keys(TROUBLES).length }, scan),
    ]);
    expect(outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []))).toEqual([]);
    expect(await atRest()).toEqual(Object.fromEntries(GAUGES.map((name) => [name, 0])));
    const alarms = server.stderr.split('\n').filter((line) => line !== '' && !/^\{"level":(?:10|20|30|40),/.test(line));
    expect(alarms, 'errors in the log').toEqual([]);
    expect((await server.descriptors()).length).toBeLessThanOrEqual(descriptors + 2);
  },
  300_000,
);
