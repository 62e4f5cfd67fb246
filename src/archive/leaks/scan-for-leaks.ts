import { createHash } from 'node:crypto';
import { DtmfDetector } from '../../audio/dtmf-detector.ts';
import { openFlac } from '../../verify/flac.ts';
import { findCardNumbers } from '../../redaction/card-numbers.ts';

/** What is looked through: a whole file of the archive, decrypted, or of the database, the log and the index as they are on disk. */
export interface LeakSource {
  /** As the certificate names it. */
  readonly name: string;
  readonly kind: 'audio' | 'text' | 'bytes';
  readonly read: () => Promise<Uint8Array>;
  /** Of audio: where a secret was keyed, so that any tone there is one. */
  readonly secretSpans?: readonly { readonly channel: number; readonly from_ms: number; readonly to_ms: number }[];
}

/** A key that must lie nowhere but in its own file. It is named in findings, never shown. */
export interface KeyNeedle {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface LeakFinding {
  readonly source: string;
  readonly kind: 'card-number' | 'pin-tone' | 'key-bytes';
  /** Byte or character, or of audio ms. */
  readonly at: number;
  /** The key's name. */
  readonly key?: string;
}

export interface ScannedSource {
  readonly name: string;
  readonly kind: LeakSource['kind'];
  readonly bytes: number;
  readonly sha256: string;
}

export interface LeakScan {
  readonly sources: readonly ScannedSource[];
  readonly findings: readonly LeakFinding[];
}

/** Looks for card numbers, tones of PINs and bytes of keys, source by source. */
export async function scanForLeaks(sources: readonly LeakSource[], keys: readonly KeyNeedle[]): Promise<LeakScan> {
  const scanned: ScannedSource[] = [];
  const findings: LeakFinding[] = [];
  const needles = keys.flatMap(formsOf);
  for (const source of sources) {
    const bytes = Buffer.from(await source.read());
    const { name, kind } = source;
    scanned.push({ name, kind, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    for (const { key, form } of needles) {
      const at = bytes.indexOf(form);
      if (at >= 0) findings.push({ source: name, kind: 'key-bytes', at, key });
    }
    if (kind === 'audio') findings.push(...tonesIn(source, bytes));
    else
      for (const { from } of findCardNumbers(bytes.toString(kind === 'text' ? 'utf8' : 'latin1')))
        findings.push({ source: name, kind: 'card-number', at: from });
  }
  return { sources: scanned, findings };
}

/** Raw, in hexadecimal, and in base64 however it is aligned there. */
function formsOf({ name, bytes }: KeyNeedle): readonly { readonly key: string; readonly form: Buffer }[] {
  const raw = Buffer.from(bytes);
  const forms = [raw, Buffer.from(raw.toString('hex')), Buffer.from(raw.toString('hex').toUpperCase())];
  for (let shift = 0; shift < 3; shift++) {
    // only the characters that depend on nothing but the key
    const text = Buffer.concat([Buffer.alloc(shift), raw]).toString('base64');
    const inner = text.slice(shift === 0 ? 0 : shift + 1, Math.floor(((shift + raw.length) * 4) / 3));
    for (const form of [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]) forms.push(Buffer.from(form));
  }
  return forms.map((form) => ({ key: name, form }));
}

const RATE = 8_000;

function tonesIn({ name, secretSpans = [] }: LeakSource, flac: Buffer): LeakFinding[] {
  const stream = openFlac(flac);
  const detectors = Array.from({ length: stream.channels }, () => new DtmfDetector());
  const findings: LeakFinding[] = [];
  let at = 0;
  for (const block of stream.blocks()) {
    for (const [channel, samples] of block.entries())
      for (let from = 0; from < samples.length; from += 80) {
        const key = detectors[channel]?.hear(Int16Array.from(samples.subarray(from, from + 80)));
        if (key === undefined) continue;
        const ms = Math.round(((at + from) * 1_000) / RATE);
        if (secretSpans.some((span) => span.channel === channel && ms >= span.from_ms && ms <= span.to_ms))
          findings.push({ source: name, kind: 'pin-tone', at: ms });
      }
    at += block[0]?.length ?? 0;
  }
  return findings;
}
