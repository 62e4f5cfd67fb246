import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newRecordingId, type RecordingId } from '../../../src/domain/ids.ts';
import { ms, wallMs } from '../../../src/domain/units.ts';
import { sealRecording } from '../../../src/recording/seal-recording.ts';
import { openedFor } from '../../recording/opened.ts';
import { chunk } from '../../recording/spoken-audio.ts';
import { contentsIn, leaveSpooled } from '../../recording/spooled.ts';

export const STARTED = Date.parse('2026-02-28T23:59:59.000Z');

export interface SealedForTest {
  readonly recording: RecordingId;
  /** Of the sealed recording. */
  readonly folder: string;
}

/**
 * A recording of tones as the recorder seals it: the customer at 440 Hz, the bot at 600, a supervisor at 1,000.
 *
 * @param heardMs - so much of the customer was recorded; the call took `callMs`
 */
export async function sealedForTest(
  recordings: string,
  {
    callMs = 3_000,
    heardMs = callMs,
    tracks = ['customer', 'bot', 'supervisor'],
  }: { readonly callMs?: number; readonly heardMs?: number; readonly tracks?: readonly string[] } = {},
): Promise<SealedForTest> {
  const recording = newRecordingId(STARTED);
  const opened = {
    ...openedFor(recording, STARTED),
    retention: { class: 'customer-call', policy: 'p', policy_version: 1, retain_until: '2031-03-01T00:00:00.000Z' },
  };
  const hz: Readonly<Record<string, number>> = { customer: 440, bot: 600, supervisor: 1_000 };
  const chunks = Array.from({ length: Math.ceil((heardMs * 8) / 4_000) }, (_, n) =>
    tracks.map((track) =>
      chunk(recording, track, hz[track] ?? 800, n * 4_000, Math.min(4_000, heardMs * 8 - n * 4_000)),
    ),
  );
  const events = tracks.map((track) => ({ type: 'joined', facts: { track, who: track } }));
  await leaveSpooled(recordings, opened, chunks.flat(), { endAt: callMs, events });
  const { sealed } = await sealRecording(recording, () => contentsIn(recordings, recording), {
    recordingsDirectory: recordings,
    spoolFolder: join(recordings, 'spool'),
    recovered: false,
    call: { offered: wallMs(STARTED), answered: ms(0), ended: ms(callMs), prompted: ms(callMs) },
    wall: () => STARTED + callMs + 500,
  });
  // as after the release
  for (const name of ['spool', 'spool.key']) await rm(join(recordings, name), { recursive: true });
  return { recording, folder: dirname(sealed.path) };
}
