import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import type { ArchivedManifest } from '../manifest/archived-manifest.ts';
import type { Signer } from '../signing/signer.ts';
import { signingCertificate } from '../signing/signing-certificate.ts';

/** The version of the format that we write: draft-ietf-vcon-vcon-core-04, whose syntax still calls itself 0.4.0. */
const VCON_VERSION = '0.4.0';

/** Audio above this, some quarter of an hour, is named by its hash: in base64 twice over it would outgrow what programs can hold. */
const LARGEST_INLINE = 10 * 2 ** 20;

export interface VconParts {
  readonly manifest: ArchivedManifest;
  readonly manifestText: string;
  /** As in the bundle. */
  readonly flac: Uint8Array;
  readonly redacted: boolean;
  /** `transcript.json` of the bundle. */
  readonly transcript: string | undefined;
  readonly madeAt: string;
  readonly software: string;
}

/** The unsigned form of a vCon: the conversation for programs of others. */
export function makeVcon({ manifest, manifestText, flac, redacted, transcript, madeAt, software }: VconParts): {
  readonly [key: string]: Json | undefined;
} {
  const { audio, started_at } = manifest;
  const whole = uuidV8(`vcon ${manifest.recording}`);
  const parties = [...new Set(audio.channels.flatMap(({ tracks }) => tracks))];
  const indexes = audio.channels.map(({ tracks }) => tracks.map((track) => parties.indexOf(track)));
  const customer = Math.max(0, parties.indexOf('customer'));
  const seconds = manifest.duration_ms / 1000;
  return {
    vcon: VCON_VERSION,
    uuid: redacted ? uuidV8(`vcon ${manifest.recording} ${madeAt}`) : whole,
    ...(redacted ? { redacted: { uuid: whole, type: 'seconds of the audio, and what was said in them' } } : {}),
    created_at: madeAt,
    subject: `Telephone call ${manifest.contact}`,
    parties: parties.map((track) => ({ name: track, ...(track === 'customer' ? { validation: 'none' } : {}) })),
    dialog: [
      {
        type: 'recording',
        start: started_at,
        // the schema of earlier drafts takes a number that is not whole alone
        ...(Number.isInteger(seconds) ? {} : { duration: seconds }),
        parties: indexes,
        originator:
          manifest.direction === 'outbound'
            ? Math.max(
                0,
                parties.findIndex((track) => track !== 'customer'),
              )
            : customer,
        mediatype: 'audio/flac',
        filename: 'audio.flac',
        ...(flac.length <= LARGEST_INLINE
          ? { encoding: 'base64url', body: Buffer.from(flac).toString('base64url') }
          : { content_hash: `sha512-${createHash('sha512').update(flac).digest('base64url')}` }),
        application: software,
      },
    ],
    analysis:
      transcript === undefined
        ? []
        : [
            {
              type: 'transcript',
              dialog: 0,
              vendor: 'Tellerline',
              product: software,
              schema: 'tellerline-transcript-1',
              mediatype: 'application/json',
              filename: 'transcript.json',
              encoding: 'none',
              body: transcript,
            },
          ],
    attachments: [
      {
        purpose: 'manifest',
        start: started_at,
        party: customer,
        dialog: 0,
        mediatype: 'application/json',
        filename: 'manifest.json',
        encoding: 'none',
        body: manifestText,
      },
    ],
  };
}

/** The signed form: JWS General JSON Serialization (RFC 7515 section 7.2.1), with the key's certificate in `x5c`. */
export async function signVcon(vcon: { readonly [key: string]: Json | undefined }, signer: Signer): Promise<string> {
  const payload = Buffer.from(canonicalJson(vcon)).toString('base64url');
  const head = Buffer.from(canonicalJson({ alg: 'EdDSA' })).toString('base64url');
  const signature = await signer.sign(Buffer.from(`${head}.${payload}`));
  const certificate = await signingCertificate(signer, 'Tellerline archive');
  return canonicalJson({
    payload,
    signatures: [
      {
        // what is protected is not said again here (RFC 7515 section 7.2.1): others refuse a name that is in both
        header: { uuid: vcon['uuid'], x5c: [Buffer.from(certificate).toString('base64')] },
        protected: head,
        signature: Buffer.from(signature).toString('base64url'),
      },
    ],
  });
}

/** A UUID of version 8 (RFC 9562 section 5.8): the same name gives the same. */
function uuidV8(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
