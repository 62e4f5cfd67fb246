import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'vitest';
import { dtmfTone } from '../../../src/audio/tone.ts';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import { RtpPeer } from '../../media/rtp-peer.ts';
import { humanSpeech } from '../../support/speech-data.ts';
import { answered, asked, of, pause, type Ringing, RTP_TIMEOUT, server } from './session-server.ts';

/** Keys in the way of one telephone or another. */
async function account(caller: Ringing, press: (digit: string) => Promise<void>): Promise<CallEvent> {
  await caller.line.rtp.press('1');
  await server.until('state-entered', ({ contact, state }) => contact === caller.contact && state === 'identify');
  for (const digit of '12345678') await press(digit);
  return server.until('digits-keyed', (event) => event.contact === caller.contact && event.count > 1, 30_000);
}

/** Does something at an interval for as long as the caller's trouble lasts. */
async function meanwhile(everyMs: number, act: () => void, trouble: () => Promise<void>): Promise<void> {
  const timer = setInterval(act, everyMs);
  try {
    await trouble();
  } finally {
    clearInterval(timer);
  }
}

/** What it hears comes back, later and softer: packet for packet, as a hybrid or a loudspeaker does. */
async function echoing(
  { line: { rtp } }: Ringing,
  decibels: number,
  delayMs: number,
  trouble: () => Promise<void>,
): Promise<void> {
  rtp.quiet();
  const gain = 10 ** (decibels / 20);
  const under = Array.from({ length: delayMs / 20 }, () => new Int16Array(160));
  rtp.onReceived = ({ payload, payloadType }) => {
    if (payloadType !== 0) return;
    under.push(rtp.decode(payload).map((sample) => sample * gain));
    const back = under.shift() ?? new Int16Array(160);
    if (!rtp.pressing) rtp.send(rtp.encode(back));
  };
  try {
    await trouble();
  } finally {
    rtp.onReceived = undefined;
  }
}

/** Twelve people who talk to each other, as long as wanted. */
function babble(seconds: number): Int16Array {
  const people = humanSpeech().slice(0, 48);
  const mixed = new Float64Array(seconds * 8_000);
  for (let voice = 0; voice < 4; voice++) {
    let at = 0;
    for (let n = voice * 12; at < mixed.length; n = voice * 12 + ((n + 1) % 12)) {
      const { samples } = people[n] ?? { samples: new Int16Array(mixed.length) };
      for (const sample of samples) if (at < mixed.length) mixed[at] = (mixed[at++] ?? 0) + sample / 3;
    }
  }
  return Int16Array.from(mixed, (sample) => Math.max(-32_768, Math.min(32_767, sample)));
}

export const TROUBLES: Readonly<Record<string, (caller: Ringing) => Promise<void>>> = {
  ...Object.fromEntries(
    (
      [
        [-30, 200],
        [-20, 120],
        [-12, 60],
        [-6, 20],
      ] as const
    ).map(([decibels, delayMs]) => [
      `echo at ${decibels} dB after ${delayMs} ms`,
      (caller: Ringing) =>
        echoing(caller, decibels, delayMs, async () => {
          await asked(caller);
          await answered(caller, '3');
          const mistaken = of(caller.contact, 'recognized', 'no-match', 'barge-in').filter(
            (event) => event.type !== 'barge-in' || (event.by === 'speech' && event.outcome === 'committed'),
          );
          if (mistaken.length > 0) throw new Error(`it heard itself: ${JSON.stringify(mistaken)}`);
        }),
    ]),
  ),
  'silence suppression: reports alone': (caller) => {
    const { rtp } = caller.line;
    rtp.quiet();
    const report = (): void => rtp.sendRtcp([{ type: 'receiver-report', ssrc: rtp.ssrc, reports: [] }]);
    return meanwhile(1_000, report, async () => {
      await asked(caller);
      await pause(RTP_TIMEOUT + 1_000);
      await answered(caller, '3');
    });
  },
  'silence suppression: comfort noise alone': (caller) => {
    const { rtp } = caller.line;
    rtp.quiet();
    const noise = (): void => rtp.send(new Uint8Array([60]), { payloadType: 13, advance: 8_000 });
    return meanwhile(1_000, noise, async () => {
      await asked(caller);
      await pause(RTP_TIMEOUT + 1_000);
      await answered(caller, '3');
    });
  },
  'a NAT gives the stream another port': async (caller) => {
    await asked(caller);
    await using moved = await continuedBy(caller.line.rtp);
    // keys of a source that has not proved itself yet are a stranger's
    await server.until('media-source-changed', ({ contact }) => contact === caller.contact, 60_000);
    await answered(caller, '3', moved);
  },
  'a re-INVITE moves the stream': async (caller) => {
    await asked(caller);
    await using moved = await continuedBy(caller.line.rtp);
    caller.line.send('INVITE', { body: moved.sdp({ version: 2 }) });
    await caller.line.sip.hearFinal('INVITE', 20_000);
    caller.line.ack();
    await pause(1_000);
    await answered(caller, '3', moved);
  },
  'keys told twice, by RFC 4733 and by INFO': async (caller) => {
    await asked(caller);
    const keyed = await account(caller, async (digit) => {
      caller.line.send('INFO', {
        headers: { 'Content-Type': 'application/dtmf-relay' },
        body: `Signal=${digit}\r\nDuration=100\r\n`,
      });
      await caller.line.rtp.press(digit);
    });
    expect(keyed).toMatchObject({ count: 8 });
  },
  'keys told twice, by RFC 4733 and as tones': async (caller) => {
    await asked(caller);
    const { rtp } = caller.line;
    const keyed = await account(caller, async (digit) => {
      await Promise.all([rtp.press(digit), rtp.speak(dtmfTone(digit, 800))]);
      await pause(150);
    });
    expect(keyed).toMatchObject({ count: 8 });
  },
  'a relay moves the timestamps of the end packets': async (caller) => {
    await asked(caller);
    const keyed = await account(caller, (digit) => caller.line.rtp.press(digit, { movedEnds: true }));
    expect(keyed).toMatchObject({ count: 8 });
  },
  'seven digits for eight': async (caller) => {
    await asked(caller);
    await caller.line.rtp.press('1');
    await server.until('state-entered', ({ contact, state }) => contact === caller.contact && state === 'identify');
    for (const digit of '1234567') await caller.line.rtp.press(digit);
    await server.until('no-match', ({ contact }) => contact === caller.contact);
    expect(of(caller.contact, 'slot-filled')).toEqual([]);
  },
  'an account and a PIN, each with # behind it': async (caller) => {
    await asked(caller);
    const { rtp } = caller.line;
    await account(caller, (digit) => rtp.press(digit));
    await rtp.press('#');
    await server.until('secure-began', ({ contact }) => contact === caller.contact, 30_000);
    for (const digit of '2468#') await rtp.press(digit);
    await server.until(
      'prompt-finished',
      ({ contact, prompt, because }) =>
        contact === caller.contact && prompt.startsWith('say-balance') && because === 'end',
      60_000,
    );
  },
  'the same question again and again': async (caller) => {
    await asked(caller);
    for (let n = 0; n < 12; n++) await caller.line.rtp.press('*');
    await answered(caller, '3');
  },
  'a stranger sprays the port': async (caller) => {
    const stranger = createSocket('udp4').bind(0, '127.0.0.2');
    await once(stranger, 'listening');
    const { target } = caller.line.rtp;
    let sent = 0;
    const spray = (): void => {
      for (let n = 0; n < 4; n++) {
        const packet = Buffer.alloc(172, 0x55);
        packet.writeUInt16BE(0x8000, 0);
        packet.writeUInt16BE(sent & 0xffff, 2);
        packet.writeUInt32BE((sent * 160) >>> 0, 4);
        packet.writeUInt32BE(7, 8);
        stranger.send(packet, target?.port ?? 0, target?.address ?? '');
        sent += 1;
      }
    };
    await meanwhile(20, spray, async () => {
      await asked(caller);
      await answered(caller, '3');
    });
    await new Promise<void>((resolve) => stranger.close(() => resolve()));
    expect(of(caller.contact, 'media-moved', 'media-lost')).toEqual([]);
  },
  'people talk in the background all the time': async (caller) => {
    await asked(caller);
    const { rtp } = caller.line;
    rtp.quiet();
    const talk = rtp.speak(babble(32));
    // the bot neither waits for ever for the end of what is said, nor takes it for an answer
    const attempt = await Promise.race([
      server.until('no-match', ({ contact }) => contact === caller.contact, 32_000),
      server.until('no-input', ({ contact }) => contact === caller.contact, 32_000),
    ]);
    expect(attempt).toMatchObject({ attempt: 1 });
    await talk;
    rtp.idle();
    const { length } = of(caller.contact, 'prompt-started');
    await rtp.press('3');
    await server.until('digits-keyed', ({ contact }) => contact === caller.contact, 30_000);
    await server.until(
      'prompt-started',
      ({ contact }) => contact === caller.contact && of(caller.contact, 'prompt-started').length > length,
      30_000,
    );
  },
  'a wrong key, and then nothing for a while': async (caller) => {
    await asked(caller);
    await caller.line.rtp.press('9');
    await server.until('no-match', ({ contact }) => contact === caller.contact, 30_000);
    await server.until('no-input', ({ contact }) => contact === caller.contact, 40_000);
    await answered(caller, '3');
  },
};

/** The same stream goes on from another port. */
async function continuedBy(before: RtpPeer): Promise<RtpPeer> {
  const after = await RtpPeer.open(before.codec);
  before.quiet();
  Object.assign(after, {
    target: before.target,
    ssrc: before.ssrc,
    sequence: before.sequence,
    timestamp: before.timestamp,
  });
  after.idle();
  return after;
}
