import type { IndexedRecording } from '../archive/index/archive-index.ts';
import { LEAK_CERTIFICATE } from '../archive/leaks/leak-certificate.ts';
import type { ArchivePack } from '../archive/pipeline/archive-pack.ts';
import { describeReceipt } from '../archive/receipts/describe-receipt.ts';
import type { PlayoutReceipt } from '../archive/receipts/playout-receipts.ts';
import { RECEIPTS_FILE, type ReceiptsDocument } from '../archive/receipts/receipts-document.ts';
import { expectArchived } from './prepare-export.ts';
import { storedPack } from './bundle-source.ts';
import type { OpenedArchive } from './open-archive.ts';

/** What a recording's store says beside its rows; undefined: it is not in the store. */
export async function packIfStored(archive: OpenedArchive, row: IndexedRecording): Promise<ArchivePack | undefined> {
  if (row.location === null || row.state === 'DESTROYED') return undefined;
  expectArchived(row);
  return storedPack(archive, row);
}

export function receiptsIn(pack: ArchivePack | undefined): readonly PlayoutReceipt[] {
  const text = pack?.files[RECEIPTS_FILE];
  return text === undefined ? [] : (JSON.parse(text) as ReceiptsDocument).receipts;
}

/** The certificate that nothing was found in it which must not be kept, as it was signed; undefined: there is none. */
export const leakCertificateIn = (pack: ArchivePack | undefined): string | undefined => pack?.files[LEAK_CERTIFICATE];

/** Lines of `archive show` on what was played, and on what was looked for. */
export function* describeEvidence(pack: ArchivePack | undefined): Generator<string, void, void> {
  const receipts = receiptsIn(pack);
  if (receipts.length > 0) yield 'played:';
  for (const receipt of receipts) {
    const { notice, text, prompt } = receipt;
    const version = notice?.version === null || notice === undefined ? '' : ` v${notice.version}`;
    const name = notice === undefined ? prompt : `disclosure ${notice.id}${version}`;
    yield `  ${name}: ${describeReceipt(receipt)}: ${text}`;
  }
  if (pack === undefined) return;
  const certificate = leakCertificateIn(pack);
  const { leaks = [] } = pack;
  if (certificate === undefined) yield 'leak certificate   none';
  else {
    const { at, sources } = JSON.parse(certificate) as { readonly at: string; readonly sources: readonly unknown[] };
    yield `leak certificate   nothing was found in ${sources.length} sources on ${at}`;
  }
  for (const leak of leaks) yield `  LEAK: ${leak}`;
}
