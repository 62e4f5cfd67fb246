import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RtpPeer } from '../media/rtp-peer.ts';
import { openCaller } from '../support/caller.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

/* Telephones that send back what they hear, while nobody speaks: the bot does not take its own prompts for the caller. */

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer({
    set: {
      'dialplan.file': 'dialplans/bank-hotline.yaml',
      'dialplan.grammars': 'grammars',
      'speech.synthesizer': 'neural-voice',
      'speech.voice_activity_detection': true,
      'speech.deadline_ms': 20_000,
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** For each packet that comes one goes back, later and softer. */
function sendBack(rtp: RtpPeer, decibels: number, delayMs: number): void {
  const gain = 10 ** (decibels / 20);
  const underWay = Array.from({ length: delayMs / 20 }, () => new Int16Array(160));
  rtp.onReceived = ({ payload, payloadType }) => {
    if (payloadType !== 0) return;
    underWay.push(rtp.decode(payload).map((sample) => sample * gain));
    rtp.send(rtp.encode(underWay.shift() ?? new Int16Array(160)));
  };
}

/** From the greeting to the end of the first question. */
async function hearsTheQuestion(decibels: number, delayMs: number) {
  await using caller = await openCaller(server.sip);
  sendBack(caller.rtp, decibels, delayMs);
  caller.invite();
  await caller.answered();
  const { contact } = await server.until('call-offered', ({ sip_call_id }) => sip_call_id === caller.callId);
  const question = await server.until(
    'prompt-finished',
    (event) => event.contact === contact && event.prompt.startsWith('main'),
    60_000,
  );
  await caller.hangUp();
  const own = server.events.filter((event) => event.contact === contact);
  return {
    line: `${decibels} dB after ${delayMs} ms`,
    question: question.because,
    interruptions: own.filter(({ type }) => type === 'barge-in').length,
    understood: own.filter((event) => event.type === 'recognized' && event.outcome === 'match').length,
  };
}

test('no echo of a prompt interrupts it, from -30 to -6 dB', async () => {
  const lines = [
    [-30, 200],
    [-20, 120],
    [-12, 60],
    [-6, 20],
  ] as const;
  const heard = await Promise.all(lines.map(([decibels, delayMs]) => hearsTheQuestion(decibels, delayMs)));
  expect(heard).toEqual(
    lines.map(([decibels, delayMs]) => ({
      line: `${decibels} dB after ${delayMs} ms`,
      question: 'end',
      interruptions: 0,
      understood: 0,
    })),
  );
});
