import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isAudible } from '../audio/audible.ts';
import { codecOf } from '../audio/codecs.ts';
import { octetsPerSample } from '../domain/codec.ts';
import { formatCodecHeader, formatWavHeader } from '../audio/wav.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import { incompleteness } from './coverage.ts';
import { AUDIO_NAME, type FileEntry, MANIFEST_NAME, type Manifest, parseManifest } from './manifest.ts';
import { RATE } from './render-recording.ts';
import { hashSealedFile, openSealedFolder, type SealedFolder } from './sealed-folder.ts';
import type { SpoolKeys } from './spool/spool-keys.ts';

export interface Verification {
  readonly ok: boolean;
  /** Every byte is as it was sealed; what is wrong, if anything, was so already then. */
  readonly intact: boolean;
  /** What is wrong with the recording. */
  readonly problems: readonly string[];
  /** What is worth a look though every byte is as it was sealed: a caller who was silent throughout, say. */
  readonly remarks: readonly string[];
}

export interface VerifiedFolder {
  readonly verification: Verification;
  /** Undefined: it cannot be read, or was changed. */
  readonly manifest: Manifest | undefined;
}

/** A channel that received this much and is silent throughout did not work, or its speaker was muted. */
const SILENCE_MATTERS = 3 * RATE;
/** A bot whose prompts played for so long, as the journal has it, is heard in its recording. */
const PROMPTS_MATTER_MS = 1_000;

/**
 * Re-reads a sealed recording: digests, formats, lengths (±1 % of the clock), gaps within, completeness against what the
 * journal knew of the call (coverage.ts), and whether the bot is heard.
 *
 * @param folder - the recording's folder, or a file in it
 * @param keys - for one that is encrypted
 * Never throws: what cannot be read is a problem.
 */
export async function verifyRecording(folder: string, keys?: SpoolKeys): Promise<Verification> {
  return (await verifyFolder(folder, keys)).verification;
}

/** The same, with the manifest that it went by. */
export async function verifyFolder(folder: string, keys?: SpoolKeys): Promise<VerifiedFolder> {
  const problems: string[] = [];
  const remarks: string[] = [];
  try {
    const home = /\.(wav|json)$/.test(folder) ? resolve(folder, '..') : folder;
    const manifest = parseManifest(await readFile(join(home, MANIFEST_NAME), 'utf8'));
    if ('problem' in manifest)
      return { verification: { ok: false, intact: false, problems: [manifest.problem], remarks }, manifest: undefined };
    const sealed = await openSealedFolder(home, keys);
    problems.push(...(await strangersIn(sealed, manifest)));
    const peaks = await verifyFiles(sealed, manifest, problems);
    const intact = problems.length === 0;
    problems.push(...contradictionsIn(manifest), ...manifest.problems);
    if (manifest.call !== undefined) problems.push(...incompleteness(manifest, manifest.call));
    verifySound(manifest, peaks, problems, remarks);
    return { verification: { ok: problems.length === 0, intact, problems, remarks }, manifest };
  } catch (thrown) {
    problems.push(`it cannot be read: ${reasonOf(thrown)}`);
    return { verification: { ok: false, intact: false, problems, remarks }, manifest: undefined };
  }
}

interface ExpectedFile {
  readonly entry: FileEntry;
  readonly header: Uint8Array;
  /** Of what follows the header. */
  readonly bytes: number;
}

function filesOf({ audio, tracks, samples }: Manifest): readonly ExpectedFile[] {
  const stereo = samples * 4;
  return [
    { entry: audio, header: formatWavHeader({ format: 'pcm16', rate: RATE, channels: 2 }, stereo), bytes: stereo },
    ...tracks.map((entry) => {
      const codec = codecOf(entry.codec);
      const bytes = samples * octetsPerSample(codec);
      return { entry, header: formatCodecHeader(codec, bytes), bytes };
    }),
  ];
}

function contradictionsIn(manifest: Manifest): string[] {
  const { samples, duration_ms, ended_ms, started_at, ended_at, gaps, retention } = manifest;
  const problems: string[] = [];
  if (Math.abs((samples * 1000) / RATE - duration_ms) > 1) problems.push('manifest: samples and duration disagree');
  if (Math.abs(Date.parse(ended_at) - Date.parse(started_at) - duration_ms) > 1)
    problems.push('manifest: start, end and duration disagree');
  if (ended_ms !== undefined && Math.abs(duration_ms - ended_ms) > Math.max(1_000, ended_ms / 100))
    problems.push(`audio: ${duration_ms} ms, but the call took ${ended_ms} ms`);
  for (const { track, at, samples: length } of gaps)
    if (at < 0 || length <= 0 || at + length > samples) problems.push(`manifest: a gap of ${track} lies outside`);
  if (!(Date.parse(retention.retain_until) >= Date.parse(started_at))) problems.push('manifest: no term of retention');
  return problems;
}

const reasonOf = (thrown: unknown): string =>
  thrown instanceof IvrError ? thrown.message : (systemCode(thrown) ?? String(thrown));

async function strangersIn(sealed: SealedFolder, manifest: Manifest): Promise<string[]> {
  const known = new Set([MANIFEST_NAME, ...filesOf(manifest).map(({ entry }) => entry.path)]);
  return (await sealed.paths())
    .filter((path) => !known.has(path))
    .map((path) => `${path}: the manifest does not know it`);
}

/** @returns the greatest sample of the left and of the right channel */
async function verifyFiles(
  sealed: SealedFolder,
  manifest: Manifest,
  problems: string[],
): Promise<readonly [number, number]> {
  const peaks: [number, number] = [0, 0];
  for (const { entry, header, bytes: expected } of filesOf(manifest)) {
    let bytes = 0;
    let head = Buffer.alloc(0);
    const look = (block: Buffer, offset: number): void => {
      bytes = offset + block.length;
      if (head.length < header.length) head = Buffer.concat([head, block]).subarray(0, header.length);
      if (entry.path === AUDIO_NAME) measure(block, offset, header.length, peaks);
    };
    try {
      const sha256 = await hashSealedFile(sealed.at(entry.path), look);
      if (bytes !== entry.bytes) problems.push(`${entry.path}: ${bytes} bytes instead of ${entry.bytes}`);
      if (sha256 !== entry.sha256) problems.push(`${entry.path}: its content was changed`);
      if (!head.equals(header) || bytes !== header.length + expected)
        problems.push(`${entry.path}: not a WAV file of ${manifest.duration_ms} ms`);
    } catch (thrown) {
      problems.push(`${entry.path}: it cannot be read: ${reasonOf(thrown)}`);
    }
  }
  return peaks;
}

/** Header and blocks are even, so are the samples' places. */
function measure(block: Buffer, offset: number, from: number, peaks: [number, number]): void {
  for (let i = Math.max(0, from - offset); i + 1 < block.length; i += 2) {
    const side = ((offset + i - from) >> 1) & 1;
    const sample = Math.abs(block.readInt16LE(i));
    if (sample > (side === 0 ? peaks[0] : peaks[1])) peaks[side] = sample;
  }
}

function verifySound(
  manifest: Manifest,
  peaks: readonly [number, number],
  problems: string[],
  remarks: string[],
): void {
  const { audio, call, tracks } = manifest;
  const botSpoke = call === undefined || call.prompted_ms >= PROMPTS_MATTER_MS;
  if (tracks.every(({ received }) => received === 0)) remarks.push('no audio came');
  if (call !== undefined && call.answered_ms === undefined) remarks.push('the call was never answered');
  for (const [side, names, peak] of [
    ['left', audio.left, peaks[0]],
    ['right', audio.right, peaks[1]],
  ] as const) {
    const heard = tracks.filter(({ track }) => names.includes(track));
    const received = heard.reduce((sum, track) => sum + track.received, 0);
    const sounding = heard.reduce((sum, track) => sum + track.sounding, 0);
    if (isAudible(peak)) continue;
    if (sounding > 0)
      problems.push(`${AUDIO_NAME}: the ${side} channel is silent, but ${names.join(' and ')} was heard`);
    else if (received >= SILENCE_MATTERS) {
      const silence = `${AUDIO_NAME}: the ${side} channel is silent although ${Math.round(received / RATE)} s of packets came`;
      (side === 'right' && botSpoke ? problems : remarks).push(silence);
    }
  }
}
