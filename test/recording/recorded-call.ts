import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { newContactId } from '../../src/domain/ids.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { Manifest } from '../../src/recording/manifest.ts';
import { openRecorder, type RecorderOptions } from '../../src/recording/open-recorder.ts';
import type { Recorder, RecordingOptions, SealedRecording } from '../../src/recording/recorder.ts';
import { originAgo } from '../support/recording-origin.ts';

export let folder = '';
/** A recorder's folder for each test of the calling file. */
export function useRecorderFolder(): void {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recorder-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
}

const retention = { class: 'hotline', policy: 'bank-default', policy_version: 3, years: 5 };
export const open = (more: Partial<RecorderOptions> = {}, clock: Clock = systemClock): Promise<Recorder> =>
  openRecorder(
    { recordingsDirectory: folder, node: 'test', retention, reserveBytes: 1 << 20, ...more },
    clock,
    silentLogger,
  );

/** Audio comes faster here than it is spoken: the recording began so much earlier. */
export const wanted = (ageMs: number, codec: 'PCMU' | 'PCMA' = 'PCMU'): RecordingOptions => ({
  ...originAgo(ageMs),
  contact: newContactId(Date.now()),
  from: '+86*******5678',
  to: '*5555',
  direction: 'inbound',
  sipCallId: 'abc@test',
  codec,
});
export const manifestOf = async (sealed: SealedRecording): Promise<Manifest> =>
  JSON.parse(await readFile(sealed.manifestPath, 'utf8')) as Manifest;
export const spooled = async (): Promise<string[]> =>
  (await readdir(join(folder, 'spool'))).filter((name) => name !== 'reserve.bin');

/** That its segments hold, whether synced or not. */
export async function spooledBytes(): Promise<number> {
  let bytes = 0;
  for (const name of await spooled()) bytes += (await stat(join(folder, 'spool', name))).size;
  return bytes;
}
