import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newContactId, newRecordingId, type RecordingId } from '../../../src/domain/ids.ts';
import { ms, wallMs } from '../../../src/domain/units.ts';
import type { OpenedRecording } from '../../../src/recording/opened-recording.ts';
import { sealRecording } from '../../../src/recording/seal-recording.ts';
import { SpoolFolder } from '../../../src/recording/spool-folder.ts';
import { SpoolLog } from '../../../src/recording/spool-log.ts';
import { chunk } from '../../recording/spoken-audio.ts';

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
  const opened: OpenedRecording = {
    recording,
    contact: newContactId(STARTED),
    from: '*1',
    to: '*2',
    direction: 'inbound',
    sipCallId: 'x',
    codec: 'PCMU',
    node: 'n',
    software: 's',
    opened: STARTED,
    boot: 'b',
    process: { pid: 1, started: '' },
    retention: { class: 'customer-call', policy: 'p', policy_version: 1, retain_until: '2031-03-01T00:00:00.000Z' },
  };
  const spool = join(recordings, 'spool');
  await mkdir(spool, { recursive: true });
  let now = 0;
  const log = new SpoolLog({
    opened,
    disk: new SpoolFolder(spool, 0),
    now: () => now,
    openedAt: 0,
    memoryBytes: 1 << 24,
    onTrouble: () => undefined,
  });
  await log.open();
  const hz: Readonly<Record<string, number>> = { customer: 440, bot: 600, supervisor: 1_000 };
  for (const track of tracks) log.event('joined', { track, who: track });
  for (let at = 0; at < heardMs * 8; at += 4_000) {
    now += 500;
    for (const track of tracks)
      log.audio(chunk(recording, track, hz[track] ?? 800, at, Math.min(4_000, heardMs * 8 - at)));
  }
  for (const track of tracks) log.event('track-closed', { track });
  now = callMs;
  await log.end(now, 5_000);
  await log.close();
  const { sealed } = await sealRecording(recording, {
    recordingsFolder: recordings,
    spoolFolder: spool,
    recovered: false,
    call: { offered: wallMs(STARTED), answered: ms(0), ended: ms(callMs), prompted: ms(callMs) },
    wall: () => STARTED + callMs + 500,
    boot: 'b',
  });
  return { recording, folder: dirname(sealed.path) };
}
