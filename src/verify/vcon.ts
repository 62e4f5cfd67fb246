import { concat, equalBytes, fromBase64, fromUtf8, Malformed, sha256, toBase64, utf8 } from './bytes.ts';
import { type Bundle, bytesOf, textOf } from './bundle-files.ts';
import { type Json, list, object, parseCanonical, record, string } from './canonical.ts';
import { verifyEd25519 } from './note.ts';
import { rawKey } from './signatures.ts';
import { type Statement, within } from './verdict.ts';

const VCON = 'recording.vcon';

/** recording.vcon: signed (JWS General JSON, RFC 7515) by the key of the manifest, and of this audio. @throws Refusal */
export async function checkVcon(bundle: Bundle): Promise<readonly Statement[]> {
  const text = await textOf(bundle.files, VCON);
  return within(VCON, async () => {
    const jws = record(parseCanonical(text), VCON, ['payload', 'signatures']);
    const payload = string(jws['payload'], 'payload');
    const [first, ...others] = list(jws['signatures'], 'signatures');
    if (others.length > 0) throw new Malformed('more than one signature');
    const signature = record(first, 'a signature', ['header', 'protected', 'signature']);
    const header = object(JSON.parse(fromUtf8(fromBase64Url(signature['protected']))) as Json, 'the protected header');
    if (header['alg'] !== 'EdDSA') throw new Malformed('not signed with EdDSA');
    const message = utf8(`${string(signature['protected'], 'protected')}.${payload}`);
    const value = fromBase64Url(signature['signature']);
    const keys = bundle.keys.filter(({ use, algorithm }) => use === 'manifest' && algorithm === 'ed25519');
    const verified = await Promise.all(keys.map((key) => verifyEd25519(rawKey(key), value, message)));
    if (!verified.includes(true)) throw new Malformed('its signature does not verify');
    const vcon = object(JSON.parse(fromUtf8(fromBase64Url(payload))) as Json, 'the payload');
    const dialog = object(list(vcon['dialog'], 'dialog')[0], 'the dialog');
    const audio = bytesOf(bundle.files, 'audio.flac');
    const same =
      dialog['body'] === undefined
        ? dialog['content_hash'] === `sha512-${await sha512(audio)}`
        : equalBytes(await sha256(fromBase64Url(dialog['body'])), await sha256(audio));
    if (!same) throw new Malformed('it is of other audio than audio.flac');
    return [{ en: 'The vCon is signed with the key of the manifest.', zh: 'vCon 由清单签名密钥签名。' }];
  });
}

/** @throws Malformed unless it is canonical and without padding (RFC 7515 section 2) */
function fromBase64Url(text: Json | undefined): Uint8Array {
  if (typeof text !== 'string' || /[^A-Za-z0-9_-]/.test(text)) throw new Malformed('not base64url');
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return fromBase64(standard.padEnd(Math.ceil(text.length / 4) * 4, '='));
}

async function sha512(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-512', concat(bytes)));
  return toBase64(digest).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
