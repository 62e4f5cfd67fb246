import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { BundleRequest, WrittenBundle } from '../archive/export/bundle.ts';
import { exportLeaf, formatExportRecord } from '../archive/export/export-record.ts';
import { readVerifiers } from '../archive/export/read-verifiers.ts';
import { writeBundle } from '../archive/export/write-bundle.ts';
import type { IndexedRecording } from '../archive/index/archive-index.ts';
import { IvrError } from '../domain/error.ts';
import { VERSION } from '../version.ts';
import { bundleSource, spansFoundSince, storedPack } from './bundle-source.ts';
import type { OpenedArchive } from './open-archive.ts';

export interface PreparedExport {
  /** Of the export in the log. */
  readonly leaf: number;
  /** Ends `output`. @param onRead - told how many bytes of the archived audio have been read @throws IvrError BUNDLE_REFUSED and what the store throws */
  write(output: Writable, onRead?: (bytes: number) => void): Promise<WrittenBundle>;
}

/** @throws IvrError RECORDING_NOT_FOUND: there is no archived audio of it */
export function expectArchived(row: IndexedRecording): void {
  if (row.location !== null && (row.state === 'ARCHIVED' || row.state === 'VERIFIED')) return;
  throw new IvrError('RECORDING_NOT_FOUND', `recording ${row.id} is ${row.state} and has no archived audio`, {
    recording: row.id,
  });
}

/**
 * The leaf of an export is in the log before its first byte is written. Masked: what is masked in the manifest or was found
 * since is silent, and its words are left out.
 *
 * @throws IvrError RECORDING_NOT_FOUND, LOG_UNWRITABLE, BUNDLE_REFUSED, KEY_DESTROYED, and what the store throws
 */
export async function prepareExport(
  archive: OpenedArchive,
  row: IndexedRecording,
  request: Omit<BundleRequest, 'redact'>,
): Promise<PreparedExport> {
  expectArchived(row);
  const pack = await storedPack(archive, row);
  const redact = request.masked ? spansFoundSince(pack, await archive.index.content(row.id)) : [];
  const order = { ...request, redact };
  const exportRecord = formatExportRecord(row.id, order, randomBytes(32).toString('hex'));
  const leaf = await archive.log.append(exportLeaf(exportRecord, archive.log.hash));
  return {
    leaf,
    async write(output, onRead = () => undefined) {
      const source = await bundleSource(archive, row, pack, { exportRecord, leaf });
      const tools = {
        signers: archive.signers,
        verifiers: await readVerifiers(new URL('../verify/', import.meta.url)),
        software: `tellerline ${VERSION}`,
      };
      const audio = (): AsyncIterable<Uint8Array> => counted(source.audio(), onRead);
      return writeBundle({ ...source, audio }, order, tools, output);
    },
  };
}

async function* counted(pieces: AsyncIterable<Uint8Array>, onRead: (bytes: number) => void) {
  let read = 0;
  for await (const piece of pieces) {
    read += piece.length;
    onRead(read);
    yield piece;
  }
}
