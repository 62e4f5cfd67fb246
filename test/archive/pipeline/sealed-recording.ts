import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeMulaw } from '../../../src/audio/g711.ts';
import { tone } from '../../../src/audio/tone.ts';
import { newRecordingId, type RecordingId } from '../../../src/domain/ids.ts';
import { ms, wallMs } from '../../../src/domain/units.ts';
import { type SealStep, sealRecording } from '../../../src/recording/seal-recording.ts';
import type { SpoolKeys } from '../../../src/recording/spool/spool-keys.ts';
import { openedFor } from '../../recording/opened.ts';
import { chunk } from '../../recording/spoken-audio.ts';
import { contentsIn, leaveSpooled } from '../../recording/spooled.ts';

export const STARTED = Date.parse('2026-02-28T23:59:59.000Z');

/** Of encrypted folders. */
export const SEALED_KEYS: SpoolKeys = { wrapping: new Uint8Array(32).fill(9), former: [] };

export interface SealedForTest {
  readonly recording: RecordingId;
  /** Of the sealed recording. */
  readonly folder: string;
}

const ROWS = ['123', '456', '789', '*0#'];
const [ROW_HZ, COLUMN_HZ] = [
  [697, 770, 852, 941],
  [1_209, 1_336, 1_477],
];

/** Of the customer's track: these keys and nothing else. */
function keysOf(keys: string, from: number, length: number): Int16Array {
  const samples = new Int16Array(4_000 + keys.length * 1_600);
  for (const [n, key] of Array.from(keys).entries()) {
    const row = ROWS.findIndex((one) => one.includes(key));
    const hz = [ROW_HZ?.[row] ?? 0, COLUMN_HZ?.[ROWS[row]?.indexOf(key) ?? 0] ?? 0];
    samples.set(tone(hz, 800), 4_000 + n * 1_600);
  }
  return partOf(samples, from, length);
}

function partOf(samples: Int16Array, from: number, length: number): Int16Array {
  const part = new Int16Array(length);
  part.set(samples.subarray(from, from + length));
  return part;
}

/**
 * A recording of tones as the recorder seals it: the customer at 440 Hz, the bot at 600, a supervisor whom the customer does not hear at 1,000.
 *
 * @param options.heardMs - so much of the customer was recorded; the call took `callMs`
 */
export async function sealedForTest(
  recordings: string,
  {
    callMs = 3_000,
    heardMs = callMs,
    tracks = ['customer', 'bot', 'supervisor-private'],
    direction = 'inbound',
    keyed = '',
    encrypted = false,
    codes,
    said = {},
    onStep,
  }: {
    readonly callMs?: number;
    readonly heardMs?: number;
    readonly tracks?: readonly string[];
    readonly direction?: 'inbound' | 'outbound';
    /** Keys that the customer presses by tones from 500 ms on, one each 200 ms. */
    readonly keyed?: string;
    /** Under SEALED_KEYS. */
    readonly encrypted?: boolean;
    /** What is on a track instead of its tone: µ-law. */
    readonly codes?: (track: string, from: number, to: number) => Uint8Array;
    /** Speech instead of a tone, by track; silence after it. */
    readonly said?: Readonly<Record<string, Int16Array>>;
    readonly onStep?: (step: SealStep) => Promise<void>;
  } = {},
): Promise<SealedForTest> {
  const recording = newRecordingId(STARTED);
  const opened = {
    ...openedFor(recording, STARTED),
    direction,
    retention: { class: 'customer-call', policy: 'p', policy_version: 1, retain_until: '2031-03-01T00:00:00.000Z' },
  };
  const hz: Readonly<Record<string, number>> = { customer: 440, bot: 600, 'supervisor-private': 1_000 };
  const chunks = Array.from({ length: Math.ceil((heardMs * 8) / 4_000) }, (_, n) =>
    tracks.map((track) => {
      const length = Math.min(4_000, heardMs * 8 - n * 4_000);
      if (codes !== undefined)
        return { ...chunk(recording, track, 0, n * 4_000, 0), payload: codes(track, n * 4_000, n * 4_000 + length) };
      const one = chunk(recording, track, hz[track] ?? 800, n * 4_000, length);
      const speech = said[track];
      if (speech !== undefined) return { ...one, payload: encodeMulaw(partOf(speech, n * 4_000, length)) };
      if (keyed === '' || track !== 'customer') return one;
      return { ...one, payload: encodeMulaw(keysOf(keyed, n * 4_000, length)) };
    }),
  );
  const events = tracks.map((track) => ({ type: 'joined', facts: { track, who: track } }));
  await leaveSpooled(recordings, opened, chunks.flat(), { endAt: callMs, events });
  const { sealed } = await sealRecording(recording, () => contentsIn(recordings, recording), {
    recordingsDirectory: recordings,
    spoolFolder: join(recordings, 'spool'),
    recovered: false,
    call: { offered: wallMs(STARTED), answered: ms(0), ended: ms(callMs), prompted: ms(callMs) },
    wall: () => STARTED + callMs + 500,
    keys: SEALED_KEYS,
    encrypted,
    ...(onStep === undefined ? {} : { onStep }),
  });
  // as after the release
  for (const name of ['spool', 'spool.key']) await rm(join(recordings, name), { recursive: true });
  return { recording, folder: dirname(sealed.path) };
}
