import { Malformed } from './bytes.ts';
import { openBundle, type Files } from './bundle-files.ts';
import { checkLog } from './bundle-log.ts';
import { checkLeaks } from './bundle-leaks.ts';
import { checkManifest } from './bundle-manifest.ts';
import { checkReceipts } from './bundle-receipts.ts';
import { checkVcon } from './vcon.ts';
import { Refusal, type Statement, type Verdict } from './verdict.ts';
import { BadZip, readZip } from './zip.ts';

/** What the reader trusts already, from elsewhere: fingerprints of keys, hexadecimal. */
export interface Trust {
  readonly fingerprints?: readonly string[];
}

/** Verifies the files of a bundle by their paths. Never throws for what is in them. */
export async function verifyFiles(files: Files, trust: Trust = {}): Promise<Verdict> {
  try {
    const bundle = await openBundle(files);
    const signers = bundle.signers.map(({ fingerprint }) => fingerprint);
    const expected = trust.fingerprints ?? [];
    if (expected.length > 0 && !signers.some((one) => expected.includes(one)))
      throw new Refusal(
        'keys.json',
        `signed by ${signers.join(', ')}, not by the key that you named`,
        `签名密钥是 ${signers.join('，')}，并非您指定的密钥`,
      );
    const manifest = await checkManifest(bundle);
    const receipts = await checkReceipts(bundle);
    const leaks = await checkLeaks(bundle, manifest.manifest);
    const log = await checkLog(bundle);
    const vcon = await checkVcon(bundle);
    const remarks: Statement[] = [...log.remarks, ...leaks.remarks];
    if (expected.length === 0)
      remarks.push({
        en: `Compare the fingerprint of the signing key with what the bank has published: ${signers.join(', ')}`,
        zh: `请将签名密钥指纹与银行公布的指纹核对：${signers.join('，')}`,
      });
    return {
      ok: true,
      proved: [
        {
          en: `All ${bundle.listed} files are there, unchanged, and none was added.`,
          zh: `清单中的 ${bundle.listed} 个文件齐全、未被改动，也没有多出的文件。`,
        },
        ...manifest.proved,
        ...receipts,
        ...leaks.proved,
        ...log.proved,
        ...vcon,
      ],
      remarks,
    };
  } catch (thrown) {
    if (thrown instanceof Refusal) return { ok: false, file: thrown.file, problem: thrown.problem };
    throw thrown;
  }
}

/** Verifies a bundle as a ZIP file. */
export async function verifyZip(zip: Uint8Array, trust: Trust = {}): Promise<Verdict> {
  let files: Files;
  try {
    files = await readZip(zip);
  } catch (thrown) {
    if (!(thrown instanceof Malformed)) throw thrown;
    const { entry, problem } =
      thrown instanceof BadZip ? thrown : new BadZip(thrown.message, `ZIP 文件无效（${thrown.message}）`);
    return { ok: false, file: entry ?? 'ZIP', problem };
  }
  return verifyFiles(files, trust);
}
