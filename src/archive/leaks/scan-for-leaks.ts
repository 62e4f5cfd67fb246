import { type CryptoProfile, type Digests, digestsOf } from '../../lib/crypto-profile.ts';
import { findCardNumbers } from '../../redaction/card-numbers.ts';
import { type FoundKey, type KeyNeedle, openKeySearch } from './key-needles.ts';
import type { FoundTones } from './tone-scan.ts';

/** A text or bytes of the archive: as the certificate names it, decrypted, or as the database, the log and the index have it. */
export interface LeakSource {
  readonly name: string;
  readonly kind: 'text' | 'bytes';
  readonly bytes: Uint8Array;
}

/** Audio that was looked through while it was encoded. */
export interface ScannedAudio extends Digests {
  readonly name: string;
  readonly bytes: number;
  /** Undefined: it is kept as it came, in a codec that no tone is looked for in; what was heard is in the rendering. */
  readonly tones: FoundTones | undefined;
  readonly keys: readonly FoundKey[];
  /** The channel of the customer, who keys secrets; undefined: the customer is not in it. */
  readonly customer: number | undefined;
}

/** Ms since sample 0 of the recording. */
export interface Stretch {
  readonly from_ms: number;
  readonly to_ms: number;
}

export interface LeakFinding {
  readonly source: string;
  readonly kind: 'card-number' | 'pin-tone' | 'key-bytes';
  /** Byte or character, or of audio ms. */
  readonly at: number;
  /** Of audio: what is to be masked. */
  readonly channel?: number;
  readonly to?: number;
  /** The key's name. */
  readonly key?: string;
}

export interface ScannedSource extends Digests {
  readonly name: string;
  readonly kind: LeakSource['kind'] | 'audio';
  readonly bytes: number;
}

export interface LeakScan {
  readonly sources: readonly ScannedSource[];
  readonly findings: readonly LeakFinding[];
}

export interface ScanOrder {
  readonly audio: readonly ScannedAudio[];
  readonly sources: readonly LeakSource[];
  /** Where secrets were keyed: any tone of the customer there is one. */
  readonly secret: readonly Stretch[];
  /** Where the recognizer heard the number of a card: it is in the audio, outside every secret entry. */
  readonly spoken: readonly (Stretch & { readonly channel: number })[];
  readonly keys: readonly KeyNeedle[];
  readonly profile: CryptoProfile;
}

/** Of a tone that is masked afterwards. */
const TONE_MS = 500;

/** Looks for card numbers, tones of secret entries and bytes of keys, source by source. */
export function scanForLeaks({ audio, sources, secret, spoken, keys, profile }: ScanOrder): LeakScan {
  const findings = [...audio.flatMap((one) => inAudio(one, secret)), ...sources.flatMap((one) => inBytes(one, keys))];
  const [heard] = audio;
  if (heard !== undefined)
    for (const { channel, from_ms, to_ms } of spoken)
      findings.push({ source: heard.name, kind: 'card-number', at: from_ms, channel, to: to_ms });
  return {
    sources: [
      ...audio.map(({ name, bytes, sha256, sm3 }) => ({
        name,
        kind: 'audio' as const,
        bytes,
        sha256,
        ...(sm3 === undefined ? {} : { sm3 }),
      })),
      ...sources.map(({ name, kind, bytes }) => ({
        name,
        kind,
        bytes: bytes.length,
        ...digestsOf(bytes, profile),
      })),
    ],
    findings,
  };
}

function inAudio({ name, tones, keys, customer }: ScannedAudio, secret: readonly Stretch[]): readonly LeakFinding[] {
  const inSecret = (tones?.tones ?? []).filter(
    ({ channel, at_ms }) =>
      channel === customer && secret.some(({ from_ms, to_ms }) => at_ms >= from_ms && at_ms <= to_ms),
  );
  return [
    ...keys.map(({ key, at }) => ({ source: name, kind: 'key-bytes' as const, at, key })),
    ...inSecret.map(({ channel, at_ms }) => ({
      source: name,
      kind: 'pin-tone' as const,
      at: Math.max(0, at_ms - TONE_MS),
      channel,
      to: at_ms + TONE_MS,
    })),
    ...(tones?.cards ?? []).map(({ channel, from_ms, to_ms }) => ({
      source: name,
      kind: 'card-number' as const,
      at: from_ms,
      channel,
      to: to_ms,
    })),
  ];
}

function inBytes({ name, kind, bytes }: LeakSource, keys: readonly KeyNeedle[]): readonly LeakFinding[] {
  const search = openKeySearch(keys, 'all');
  search.add(bytes);
  const text = Buffer.from(bytes).toString(kind === 'text' ? 'utf8' : 'latin1');
  return [
    ...search.finish().map(({ key, at }) => ({ source: name, kind: 'key-bytes' as const, at, key })),
    ...findCardNumbers(withoutNames(text)).map(({ from }) => ({
      source: name,
      kind: 'card-number' as const,
      at: from,
    })),
  ];
}

/** What machines call things: by chance, one in some ten thousand of them holds digits that look like a card's. */
const NAMES = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|"sip_?call_?id":"[^"]*"/gi;

/** Letters in their place: what follows stays where it is. */
const withoutNames = (text: string): string => text.replaceAll(NAMES, (name) => 'x'.repeat(name.length));
