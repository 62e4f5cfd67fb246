import { fromUtf8, Malformed, sha256, toHex, WrongSignature } from './bytes.ts';
import { type JsonObject, list, parseCanonical, record, string, whole } from './canonical.ts';
import { parseKeys, type PublicKey, verifySignatures } from './signatures.ts';
import { sm3 } from './sm3.ts';
import { Refusal, within } from './verdict.ts';
import { isPlainPath } from './zip.ts';

export type Files = ReadonlyMap<string, Uint8Array>;

/** Not listed: they cannot vouch for themselves. */
const VERIFIERS: readonly string[] = ['verify.mjs', 'verify.html'];
const LISTING = 'bundle.json';
const LISTING_SIGNATURES = 'bundle.sig.json';
const KEYS = 'keys.json';

export interface Bundle {
  readonly files: Files;
  readonly listing: JsonObject;
  readonly keys: readonly PublicKey[];
  readonly signers: readonly PublicKey[];
  readonly listed: number;
}

interface Listed {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly sm3?: string;
}

/** @throws Refusal when it is not there */
export function bytesOf(files: Files, path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Refusal(path, 'missing', '缺少此文件');
  return bytes;
}

export const textOf = (files: Files, path: string): Promise<string> =>
  within(path, () => fromUtf8(bytesOf(files, path)));

/** The signed list of files, and that they are those, no more and no fewer. @throws Refusal */
export async function openBundle(files: Files): Promise<Bundle> {
  const text = await textOf(files, LISTING);
  const signatures = await textOf(files, LISTING_SIGNATURES);
  const keysText = await textOf(files, KEYS);
  const listing = await within(LISTING, () =>
    record(
      parseCanonical(text),
      LISTING,
      ['approved_by', 'files', 'format', 'made_at', 'purpose', 'recording', 'redacted', 'requested_by', 'version'],
      ['recipient', 'ticket'],
    ),
  );
  const entries = await within(LISTING, () => listedFiles(listing));
  // a key that was changed would make every signature wrong: it is named first
  const keysEntry = entries.find(({ path }) => path === KEYS);
  const keysAreListed = keysEntry !== undefined && keysEntry.sha256 === toHex(await sha256(bytesOf(files, KEYS)));
  const keys = await within(KEYS, () => parseKeys(keysText));
  const signers = await within(LISTING_SIGNATURES, () => parseCanonical(signatures)).then(async () => {
    try {
      return await verifySignatures(signatures, text, keys);
    } catch (thrown) {
      if (!(thrown instanceof Malformed)) throw thrown;
      if (!keysAreListed)
        throw new Refusal(KEYS, 'not the file that was listed in bundle.json', '与 bundle.json 所列文件不一致');
      if (!(thrown instanceof WrongSignature))
        throw new Refusal(LISTING_SIGNATURES, thrown.message, `签名文件无效（${thrown.message}）`);
      throw new Refusal(
        LISTING,
        'changed, or its signature in bundle.sig.json was',
        '此文件或其签名（bundle.sig.json）被改动',
      );
    }
  });
  for (const entry of entries) await checkListed(files, entry);
  const allowed = new Set([...entries.map(({ path }) => path), LISTING, LISTING_SIGNATURES, ...VERIFIERS]);
  for (const path of files.keys())
    if (!allowed.has(path))
      throw new Refusal(path, 'not in the signed list: it was added', '不在签名清单中，属于后来添加的文件');
  return { files, listing, keys, signers, listed: entries.length };
}

function listedFiles(listing: JsonObject): readonly Listed[] {
  if (listing['format'] !== 'tellerline-export' || listing['version'] !== 1)
    throw new Malformed('a bundle of another version');
  if (typeof listing['redacted'] !== 'boolean') throw new Malformed('"redacted" is neither true nor false');
  let before = '';
  return list(listing['files'], 'files').map((value) => {
    const entry = record(value, 'a file', ['bytes', 'path', 'sha256'], ['sm3']);
    const path = string(entry['path'], 'path');
    if (
      !isPlainPath(path) ||
      path <= before ||
      VERIFIERS.includes(path) ||
      path === LISTING ||
      path === LISTING_SIGNATURES
    )
      throw new Malformed('a list of files that is not in order');
    before = path;
    return {
      path,
      bytes: whole(entry['bytes'], 'bytes'),
      sha256: string(entry['sha256'], 'sha256'),
      ...(entry['sm3'] === undefined ? {} : { sm3: string(entry['sm3'], 'sm3') }),
    };
  });
}

async function checkListed(files: Files, entry: Listed): Promise<void> {
  const bytes = bytesOf(files, entry.path);
  const same =
    bytes.length === entry.bytes &&
    toHex(await sha256(bytes)) === entry.sha256 &&
    (entry.sm3 === undefined || toHex(sm3(bytes)) === entry.sm3);
  if (!same) throw new Refusal(entry.path, 'changed: it is not the file that was signed', '内容被改动，与签名时不一致');
}
