import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { IvrError } from '../domain/error.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import { ms } from '../domain/units.ts';
import { type CallTimes, callSpan } from './call-times.ts';
import type { Json } from '../lib/canonical-json.ts';
import { syncNames } from '../lib/direct-files.ts';
import { diskError } from './disk-error.ts';
import { DurableFile } from './durable-file.ts';
import {
  AUDIO_NAME,
  formatManifest,
  MANIFEST_FORMAT,
  MANIFEST_NAME,
  MANIFEST_VERSION,
  type Manifest,
  type Participant,
} from './manifest.ts';
import type { OpenedRecording } from './opened-recording.ts';
import type { NotedEvent, SpoolContents } from './spool-contents.ts';
import type { SealedRecording } from './recorder.ts';
import { RATE, renderRecording } from './render-recording.ts';
import { makeEncryptedFolder, plainFolder, removeSealedFolder, type SealedFolder } from './sealed-folder.ts';
import type { SpoolKeys } from './spool/spool-keys.ts';
import { explainMoves, gapsOf, layOutTracks, type MediaMove, type TrackTimeline } from './track-timeline.ts';
import { type Verification, verifyFolder, verifyRecording } from './verify-recording.ts';

export interface Sealed {
  readonly sealed: SealedRecording;
  /** See Verification. */
  readonly remarks: readonly string[];
}

/** The boundaries between which a crash may fall; each leaves exactly one sealed recording after the next start. */
export const SEAL_STEPS = ['read', 'rendered', 'manifest-written', 'placed', 'verified'] as const;
export type SealStep = (typeof SEAL_STEPS)[number];

export interface SealOptions {
  readonly recordingsDirectory: string;
  /** Where the folder is made. */
  readonly spoolFolder: string;
  /** Under which encrypted folders are read, and made. */
  readonly keys?: SpoolKeys | undefined;
  /** Its audio is encrypted in its folder, see sealed-folder.ts. Default: it lies there in the clear. */
  readonly encrypted?: boolean | undefined;
  /** Nobody lived to end it. */
  readonly recovered: boolean;
  /** What the journal knows of the call; undefined: nothing. */
  readonly call: CallTimes | undefined;
  /** Unix time, ms. */
  readonly wall: () => number;
  readonly onStep?: (step: SealStep) => void | Promise<void>;
}

/** A tap that goes silent this shortly before the end has ended with the call. */
const TAIL_MS = 1_000;

/**
 * Makes of what the spool holds of a recording its final folder and verifies it by re-reading; the spool stays for the caller to release. Idempotent, and
 * resumed by being called again: the final folder appears by one rename, or not at all, and is never overwritten.
 *
 * @throws IvrError RECORDING_NOT_FOUND: the spool has nothing of it; DISK_FULL, RECORDINGS_UNWRITABLE, RECORDING_DAMAGED
 */
export async function sealRecording(
  recording: RecordingId,
  read: () => Promise<SpoolContents>,
  options: SealOptions,
): Promise<Sealed> {
  try {
    await using spool = await read();
    return await seal(recording, spool, options);
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown;
    throw diskError('the recording could not be sealed', { recording }, thrown);
  }
}

async function seal(recording: RecordingId, spool: SpoolContents, options: SealOptions): Promise<Sealed> {
  const step = async (name: SealStep): Promise<void> => options.onStep?.(name);
  if (spool.opened === undefined) {
    if (spool.records === 0)
      throw new IvrError('RECORDING_NOT_FOUND', 'the spool has no such recording', { recording });
    throw new IvrError('RECORDING_DAMAGED', 'the spool does not say which recording this is', { recording });
  }
  await step('read');
  const final = join(options.recordingsDirectory, ...datePath(spool.opened.opened), recording);
  if (!(await isSealed(final, options.keys))) {
    const making = join(options.spoolFolder, `${recording}.seal`);
    await make(making, spool, spool.opened, options, step);
    await place(making, final, options.recordingsDirectory);
  }
  await step('placed');
  const { verification, manifest } = await verifyFolder(final, options.keys);
  const { intact, problems } = verification;
  if (!intact || manifest === undefined)
    throw new IvrError('RECORDING_DAMAGED', `the sealed recording does not verify: ${problems.join('; ')}`, {
      recording,
    });
  await step('verified');
  return describeSealed(final, manifest, verification);
}

function describeSealed(folder: string, manifest: Manifest, { problems, remarks }: Verification): Sealed {
  const sealed = {
    recording: manifest.recording as RecordingId,
    contact: manifest.contact as ContactId,
    path: join(folder, AUDIO_NAME),
    manifestPath: join(folder, MANIFEST_NAME),
    sha256: manifest.audio.sha256,
    duration: ms(manifest.duration_ms),
    gaps: manifest.gaps.length,
    recovered: manifest.recovered,
    problems,
  };
  return { sealed, remarks };
}

/** A folder that an earlier attempt placed is kept when it verifies; else it is moved out of the way, never overwritten. */
async function isSealed(final: string, keys: SealOptions['keys']): Promise<boolean> {
  if ((await stat(final).catch(() => undefined)) === undefined) return false;
  if ((await verifyRecording(final, keys)).intact) return true;
  for (let n = 1; ; n++) {
    const aside = `${final}.damaged-${n}`;
    if ((await stat(aside).catch(() => undefined)) !== undefined) continue;
    await rename(final, aside);
    return false;
  }
}

async function make(
  making: string,
  spool: SpoolContents,
  opened: OpenedRecording,
  options: SealOptions,
  step: (name: SealStep) => Promise<void>,
): Promise<void> {
  await removeSealedFolder(making);
  await mkdir(join(making, 'tracks'), { recursive: true, mode: 0o700 });
  try {
    const timelines = layOutTracks(spool.audio);
    const endMs = spool.ended ?? 0;
    const audible = timelines.reduce((end, { to }) => Math.max(end, to), 0);
    const samples = evenUp(Math.max(audible, Math.round((endMs * RATE) / 1000)));
    const folder = await folderFor(making, options);
    const rendered = await renderRecording(timelines, samples, folder);
    await step('rendered');
    const manifest = manifestOf(spool, opened, timelines, samples, rendered, options);
    using file = DurableFile.create(plainFolder(making), MANIFEST_NAME);
    file.write(Buffer.from(formatManifest(manifest)));
    await file.finish();
    await syncNames(join(making, 'tracks'));
    await syncNames(making);
    await step('manifest-written');
  } catch (thrown) {
    await removeSealedFolder(making).catch(() => undefined);
    throw thrown;
  }
}

/** @throws IvrError INTERNAL: it is to be encrypted, and there is no key */
async function folderFor(making: string, { keys, encrypted = false }: SealOptions): Promise<SealedFolder> {
  if (!encrypted) return plainFolder(making);
  if (keys === undefined) throw new IvrError('INTERNAL', 'a recording cannot be encrypted without a key');
  return makeEncryptedFolder(making, keys.wrapping);
}

function manifestOf(
  spool: SpoolContents,
  opened: OpenedRecording,
  timelines: readonly TrackTimeline[],
  samples: number,
  rendered: Awaited<ReturnType<typeof renderRecording>>,
  options: SealOptions,
): Manifest {
  const duration = Math.round((samples * 1000) / RATE);
  const crashed = spool.ended === undefined;
  return {
    format: MANIFEST_FORMAT,
    version: MANIFEST_VERSION,
    recording: opened.recording,
    contact: opened.contact,
    sip_call_id: opened.sipCallId,
    direction: opened.direction,
    from: opened.from,
    to: opened.to,
    node: opened.node,
    software: opened.software,
    codec: opened.codec,
    rate: RATE,
    started_at: new Date(opened.opened).toISOString(),
    ended_at: new Date(opened.opened + duration).toISOString(),
    sealed_at: new Date(options.wall()).toISOString(),
    duration_ms: duration,
    samples,
    ...(spool.ended === undefined ? {} : { ended_ms: spool.ended }),
    ...(options.call === undefined ? {} : { call: callSpan(options.call, opened.opened) }),
    ...rendered,
    gaps: timelines.flatMap((timeline) =>
      explainMoves(gapsOf(timeline, trackEnd(timeline, spool, samples)), movesIn(spool.events)).map((gap) => ({
        track: timeline.track,
        ...gap,
      })),
    ),
    participants: participantsOf(spool.events, duration),
    events: spool.events.map(({ t_ms, type, facts }) => ({
      t_ms,
      type,
      facts: facts as { readonly [key: string]: Json },
    })),
    retention: opened.retention,
    recovered: options.recovered || crashed,
    lost_ms: (crashed ? spool.lostAtEndMs : 0) + spool.missingMs,
    problems: spool.problems,
    spool: { segments: spool.segments, records: spool.records, chain: spool.chain },
  };
}

/** A tap that was closed ends where it ends; one that was not should have gone on to the end. */
function trackEnd({ track, to }: TrackTimeline, { events, ended }: SpoolContents, samples: number): number {
  const closed = events.findLast(({ type, facts }) => type === 'track-closed' && facts['track'] === track);
  const tail = ((samples - to) * 1000) / RATE;
  return closed !== undefined || ended === undefined || tail < TAIL_MS ? to : samples;
}

const movesIn = (events: readonly NotedEvent[]): readonly MediaMove[] =>
  events
    .filter(({ type }) => type === 'media-moved')
    .map(({ t_ms, facts }) => ({ at_ms: t_ms, after_ms: Number(facts['after_ms'] ?? 0) }));

/** The participant behind each track, from 'joined' to 'left' or to the end. */
function participantsOf(events: readonly NotedEvent[], duration: number): readonly Participant[] {
  const participants: Participant[] = [];
  const present = new Map<string, { readonly who: string; readonly from_ms: number }>();
  const leave = (track: string, to_ms: number): void => {
    const joined = present.get(track);
    if (joined !== undefined) participants.push({ track, ...joined, to_ms });
    present.delete(track);
  };
  for (const { t_ms, type, facts } of events) {
    const track = String(facts['track']);
    if (type === 'joined' || type === 'left') leave(track, t_ms);
    if (type === 'joined') present.set(track, { who: String(facts['who']), from_ms: t_ms });
  }
  for (const track of present.keys()) leave(track, duration);
  return participants;
}

/** The folders' names are durable from the root down before the recording moves in. */
async function place(making: string, final: string, root: string): Promise<void> {
  const made = await mkdir(dirname(final), { recursive: true, mode: 0o700 });
  await rename(making, final);
  for (let folder = dirname(final); ; folder = dirname(folder)) {
    await syncNames(folder);
    if (folder === root || (made === undefined && folder === dirname(final))) break;
    if (folder === dirname(folder)) break;
  }
}

const evenUp = (n: number): number => n + (n & 1);

/** 2026/11/21, in UTC. */
const datePath = (wall: number): readonly string[] => new Date(wall).toISOString().slice(0, 10).split('-');
