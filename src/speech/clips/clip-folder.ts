import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asError } from '../../domain/error.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ClipId } from '../speech-service.ts';

/** 'TLC1', the count of samples (32 bits, little-endian), SHA-256 of the samples; then the samples, s16le at 8 kHz. */
const MAGIC = Buffer.from('TLC1');
const HEADER = MAGIC.length + 4 + 32;

const FILE = /^([0-9a-f]{64})\.s16$/;
const UNFINISHED = /\.tmp$/;

export interface ClipFolder {
  /** What seemed to be there when it was opened. */
  readonly clips: readonly ClipId[];
  /** Undefined: absent or damaged. Damaged files are removed. */
  read(clip: ClipId): Promise<Int16Array | undefined>;
  /** Whole or not at all: written beside and renamed. False when the disk would not have it. */
  write(clip: ClipId, samples: Int16Array): Promise<boolean>;
}

/**
 * Static clips on disk, one `<name>.s16` each, so that a restart makes nothing anew. It is only a cache: trouble with the
 * folder is logged and costs time, never a call. The longest unwritten files go when the folder outgrows `capacityBytes`.
 */
export async function openClipFolder(path: string, capacityBytes: number, logger: Logger): Promise<ClipFolder> {
  const clips = await mkdir(path, { recursive: true, mode: 0o700 }).then(
    () => sweep(path, capacityBytes, logger),
    (thrown: unknown) => {
      logger.warn({ where: 'prompt cache' }, 'the prompt cache folder cannot be used', asError(thrown));
      return [];
    },
  );
  const file = (clip: ClipId): string => join(path, `${clip}.s16`);
  return {
    clips,
    async read(clip) {
      const bytes = await readFile(file(clip)).catch(() => undefined);
      if (bytes === undefined) return undefined;
      const samples = parse(bytes);
      if (samples === undefined) {
        logger.warn({ clip, bytes: bytes.length }, 'a cached prompt is damaged and will be synthesised again');
        await rm(file(clip), { force: true }).catch(() => undefined);
      }
      return samples;
    },
    async write(clip, samples) {
      const unfinished = join(path, `${clip}.${randomUUID()}.tmp`);
      try {
        const handle = await open(unfinished, 'wx', 0o600);
        try {
          await handle.writeFile(format(samples));
        } finally {
          await handle.close();
        }
        await rename(unfinished, file(clip));
        return true;
      } catch (thrown) {
        logger.warn({ clip }, 'a prompt could not be written to the cache', asError(thrown));
        await rm(unfinished, { force: true }).catch(() => undefined);
        return false;
      }
    },
  };
}

function format(samples: Int16Array): Buffer {
  const data = Buffer.alloc(samples.length * 2);
  for (const [i, sample] of samples.entries()) data.writeInt16LE(sample, i * 2);
  const count = Buffer.alloc(4);
  count.writeUInt32LE(samples.length);
  return Buffer.concat([MAGIC, count, createHash('sha256').update(data).digest(), data]);
}

function parse(bytes: Buffer): Int16Array | undefined {
  if (bytes.length < HEADER || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const count = bytes.readUInt32LE(MAGIC.length);
  const data = bytes.subarray(HEADER);
  if (data.length !== count * 2) return undefined;
  const sum = createHash('sha256').update(data).digest();
  if (!sum.equals(bytes.subarray(HEADER - sum.length, HEADER))) return undefined;
  return Int16Array.from({ length: count }, (_, i) => data.readInt16LE(i * 2));
}

/** Removes what a crash left unfinished and what is too much. @returns the clips that stay */
async function sweep(path: string, capacityBytes: number, logger: Logger): Promise<ClipId[]> {
  const found: { readonly clip: string; readonly bytes: number; readonly written: number }[] = [];
  let removed = 0;
  for (const name of await readdir(path).catch(() => [])) {
    const clip = FILE.exec(name)?.[1];
    const facts = clip === undefined ? undefined : await stat(join(path, name)).catch(() => undefined);
    if (clip !== undefined && facts !== undefined) found.push({ clip, bytes: facts.size, written: facts.mtimeMs });
    else if (UNFINISHED.test(name)) await rm(join(path, name), { force: true }).catch(() => undefined);
  }
  found.sort((a, b) => b.written - a.written);
  const stay: ClipId[] = [];
  let bytes = 0;
  for (const one of found) {
    bytes += one.bytes;
    if (bytes <= capacityBytes) stay.push(one.clip as ClipId);
    else {
      removed++;
      await rm(join(path, `${one.clip}.s16`), { force: true }).catch(() => undefined);
    }
  }
  if (removed > 0) logger.info({ removed, kept: stay.length }, 'old prompts were removed from the cache');
  return stay;
}
