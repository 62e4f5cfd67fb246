import { Malformed } from './bytes.ts';
import { type Bundle, textOf } from './bundle-files.ts';
import { type JsonObject, list, object, parseCanonical, record, string } from './canonical.ts';
import { verifySignatures } from './signatures.ts';
import { Refusal, type Statement, within } from './verdict.ts';

/* leak-certificate.json: that nothing was found which must not be kept, when the recording was archived. */

export const LEAK_CERTIFICATE = 'leak-certificate.json';
const SIGNATURES = 'leak-certificate.sig.json';

const MEMBERS = ['at', 'clean', 'format', 'looked_for', 'recording', 'salt', 'software', 'sources', 'version'];

export interface CheckedLeaks {
  readonly proved: readonly Statement[];
  readonly remarks: readonly Statement[];
}

const NO_CERTIFICATE: Statement = {
  en: 'There is no leak certificate: when the recording was archived, something was found that is masked now, or it was not looked for.',
  zh: '没有泄漏检查证书：归档时发现了现已屏蔽的内容，或当时未作检查。',
};

/** Signed by the archive's keys, of this recording, and of the very files that its manifest lists. @throws Refusal */
export async function checkLeaks(bundle: Bundle, manifest: JsonObject): Promise<CheckedLeaks> {
  if (!bundle.files.has(LEAK_CERTIFICATE)) return { proved: [], remarks: [NO_CERTIFICATE] };
  const text = await textOf(bundle.files, LEAK_CERTIFICATE);
  const signatures = await textOf(bundle.files, SIGNATURES);
  const signers = await within(SIGNATURES, () => verifySignatures(signatures, text, bundle.keys));
  return within(LEAK_CERTIFICATE, () => {
    const value = record(parseCanonical(text), LEAK_CERTIFICATE, MEMBERS);
    if (value['format'] !== 'tellerline-leak-certificate' || value['version'] !== 1)
      throw new Malformed('a certificate of another version');
    if (value['recording'] !== bundle.listing['recording']) throw new Malformed('the certificate of another recording');
    if (value['clean'] !== true) throw new Malformed('it does not say that nothing was found');
    const sources = new Map(
      list(value['sources'], 'sources').map((one) => {
        const source = object(one, 'a source');
        return [string(source['name'], 'name'), source['sha256']] as const;
      }),
    );
    for (const entry of [object(manifest['audio'], 'audio'), ...list(manifest['files'], 'files')]) {
      const file = object(entry, 'a file');
      const path = string(file['path'], 'path');
      if (path === LEAK_CERTIFICATE || path === SIGNATURES) continue;
      if (sources.get(path) !== file['sha256'])
        throw new Refusal(LEAK_CERTIFICATE, `${path} is not what was looked through`, `${path} 并非当时所检查的文件`);
    }
    const by = signers.map(({ algorithm }) => algorithm).join(', ');
    const [at, count] = [string(value['at'], 'at'), sources.size];
    return {
      proved: [
        {
          en: `No card number, PIN tone or key byte was found in ${count} sources (audio, transcript, events, receipts, journal, index, log) on ${at}; signed (${by}).`,
          zh: `${at} 对 ${count} 项内容（音频、文字、事件、播放回执、流水、索引、日志）检查，未发现卡号、密码按键音或密钥字节；签名有效（${by}）。`,
        },
      ],
      remarks: [],
    };
  });
}
