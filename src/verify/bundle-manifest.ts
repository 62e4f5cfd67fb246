import { fromHex, Malformed, sha256, toHex } from './bytes.ts';
import { type JsonObject, list, object, parseCanonical, record, string, whole } from './canonical.ts';
import { type Bundle, bytesOf, textOf } from './bundle-files.ts';
import { LEAK_CERTIFICATE } from './bundle-leaks.ts';
import { RECEIPTS } from './bundle-receipts.ts';
import { openFlac } from './flac.ts';
import { frameHash, framesOf, nonces } from './frames.ts';
import { rootOf } from './merkle.ts';
import { verifySignatures } from './signatures.ts';
import { sm3 } from './sm3.ts';
import type { TreeHash } from './tree-hash.ts';
import { Refusal, type Statement, within } from './verdict.ts';

export interface CheckedManifest {
  readonly manifest: JsonObject;
  readonly proved: readonly Statement[];
}

/** manifest.json, its signatures, and that audio and documents are those that it commits to. @throws Refusal */
export async function checkManifest(bundle: Bundle): Promise<CheckedManifest> {
  const text = await textOf(bundle.files, 'manifest.json');
  const signatures = await textOf(bundle.files, 'manifest.sig.json');
  const signers = await within('manifest.sig.json', () => verifySignatures(signatures, text, bundle.keys));
  const manifest = await within('manifest.json', () => {
    const value = object(parseCanonical(text), 'manifest.json');
    if (value['format'] !== 'tellerline-archived-recording' || value['version'] !== 1)
      throw new Malformed('a manifest of another version');
    if (value['recording'] !== bundle.listing['recording']) throw new Malformed('the manifest of another recording');
    return value;
  });
  const name = await within('manifest.json', () => string(manifest['recording'], 'recording'));
  const by = signers.map(({ algorithm, fingerprint }) => `${algorithm} ${fingerprint}`).join(', ');
  const proved: Statement[] = [
    {
      en: `The manifest of recording ${name} is signed (${by}).`,
      zh: `录音 ${name} 的清单签名有效（${by}）。`,
    },
  ];
  proved.push(...(await checkAudio(bundle, manifest)), ...(await checkDocuments(bundle, manifest)));
  return { manifest, proved };
}

/** Every second that is to be heard is what was recorded; every other one is silent. */
async function checkAudio(bundle: Bundle, manifest: JsonObject): Promise<readonly Statement[]> {
  const audio = await within('manifest.json', () => object(manifest['audio'], 'audio'));
  const tree = await within('manifest.json', () => {
    const frames = object(audio['frames'], 'frames');
    if (frames['hash'] !== undefined && frames['hash'] !== 'sm3') throw new Malformed('frames of an unknown hash');
    const hash: TreeHash = frames['hash'] ?? 'sha256';
    const channels = list(audio['channels'], 'channels').length;
    return {
      hash,
      root: fromHex(frames['root'], 32),
      count: whole(frames['frames'], 'frames'),
      samples: whole(frames['frame_samples'], 'frame_samples'),
      channels,
      rate: whole(audio['rate'], 'rate'),
      length: whole(audio['samples'], 'samples'),
    };
  });
  const bytes = bytesOf(bundle.files, 'audio.flac');
  const hidden = await readFrames(bundle, tree.count, tree.hash);
  const stream = await within('audio.flac', () => openFlac(bytes));
  if (stream.rate !== tree.rate || stream.channels !== tree.channels || stream.bits !== 16)
    throw new Refusal(
      'audio.flac',
      'not of the rate, channels or depth of the manifest',
      '采样率、声道或位深与清单不符',
    );
  const hashes: Uint8Array[] = [];
  await within('audio.flac', async () => {
    for (const frame of framesOf(stream, tree.samples)) {
      const left = hidden.hashes.get(frame.index);
      if (left !== undefined && !frame.silent)
        throw new Refusal(
          'audio.flac',
          `second ${Math.floor(frame.index / tree.channels)} is to be silent and is not`,
          '应静音的片段并非静音',
        );
      hashes.push(left ?? (await frameHash(await hidden.nonce(frame.index), frame.samples, tree.hash)));
      if (hashes.length > tree.count) break;
    }
  });
  if (hashes.length !== tree.count || toHex(await rootOf(hashes, tree.hash)) !== toHex(tree.root))
    throw new Refusal(
      'audio.flac',
      'its samples are not those that the manifest commits to',
      '音频内容与清单所承诺的不一致',
    );
  if (!hidden.redacted && !(await isListed(audio, bytes)))
    throw new Refusal('audio.flac', 'not the file that was archived', '不是归档时的文件');
  const seconds = Math.round(tree.length / tree.rate);
  const left = hidden.hashes.size;
  return [
    hidden.redacted
      ? {
          en: `Of the ${tree.count} seconds of both channels, ${tree.count - left} are proved to be what was recorded; ${left} were left out and are silent.`,
          zh: `两个声道共 ${tree.count} 个一秒片段，其中 ${tree.count - left} 个经证明为原始录音；${left} 个已隐去并静音。`,
        }
      : {
          en: `The audio (${seconds} s) is, bit for bit, what was archived.`,
          zh: `音频（${seconds} 秒）与归档内容逐位一致。`,
        },
  ];
}

interface HiddenFrames {
  readonly redacted: boolean;
  /** By index, of the frames that are left out. */
  readonly hashes: ReadonlyMap<number, Uint8Array>;
  readonly nonce: (index: number) => Promise<Uint8Array>;
}

async function readFrames(bundle: Bundle, count: number, hash: TreeHash): Promise<HiddenFrames> {
  const text = await textOf(bundle.files, 'frames.json');
  return within('frames.json', async () => {
    const value = object(parseCanonical(text), 'frames.json');
    if (bundle.listing['redacted'] === false) {
      const secret = fromHex(record(value, 'frames.json', ['secret'])['secret'], 32);
      return { redacted: false, hashes: new Map(), nonce: await nonces(secret, hash) };
    }
    const given = list(record(value, 'frames.json', ['frames'])['frames'], 'frames').map((entry) =>
      record(entry, 'a frame', [], ['hash', 'nonce']),
    );
    if (given.length !== count) throw new Malformed('another number of frames than the manifest has');
    const hashes = new Map<number, Uint8Array>();
    const shown = new Map<number, Uint8Array>();
    for (const [index, entry] of given.entries()) {
      if (Object.keys(entry).length !== 1) throw new Malformed('a frame with both hash and nonce, or neither');
      if (entry['hash'] === undefined) shown.set(index, fromHex(entry['nonce'], 32));
      else hashes.set(index, fromHex(entry['hash'], 32));
    }
    return { redacted: true, hashes, nonce: (index) => Promise.resolve(shown.get(index) ?? new Uint8Array(32)) };
  });
}

/** Transcript, events and the like are those that the manifest lists, where they are given whole. */
async function checkDocuments(bundle: Bundle, manifest: JsonObject): Promise<readonly Statement[]> {
  const files = await within('manifest.json', () =>
    list(manifest['files'], 'files').map((value) => object(value, 'a file')),
  );
  const proved: string[] = [];
  const cut: string[] = [];
  const redacted = bundle.listing['redacted'] === true;
  for (const entry of files) {
    const path = await within('manifest.json', () => string(entry['path'], 'path'));
    const bytes = bundle.files.get(path);
    if (bytes === undefined && ALWAYS_GIVEN.has(path)) throw new Refusal(path, 'missing', '缺少此文件');
    if (bytes === undefined) continue;
    const same = await isListed(entry, bytes);
    if (!same && !(redacted && MAY_BE_CUT.has(path)))
      throw new Refusal(path, 'not what the manifest commits to', '与清单所承诺的内容不一致');
    (same ? proved : cut).push(path);
  }
  const statements: Statement[] = [];
  if (proved.length > 0)
    statements.push({ en: `As archived: ${proved.join(', ')}.`, zh: `与归档内容一致：${proved.join('、')}。` });
  if (cut.length > 0)
    statements.push({
      en: `Without what was said in the seconds left out, and so not as archived: ${cut.join(', ')} (signed by the exporter).`,
      zh: `已去除隐去片段中的内容，因此与归档内容不同：${cut.join('、')}（由导出方签名）。`,
    });
  return statements;
}

/** By its SHA-256, and its SM3 where the manifest has it. */
async function isListed(entry: JsonObject, bytes: Uint8Array): Promise<boolean> {
  const same = toHex(await sha256(bytes)) === entry['sha256'];
  return same && (entry['sm3'] === undefined || toHex(sm3(bytes)) === entry['sm3']);
}

/** What the archive says for itself, however the export is masked. */
const ALWAYS_GIVEN = new Set([RECEIPTS, LEAK_CERTIFICATE]);

/** Documents that say what was said. */
const MAY_BE_CUT = new Set(['transcript.json', 'events.json']);
