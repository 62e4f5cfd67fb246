import { randomBytes } from 'node:crypto';
import type { RecordingSpan } from '../index/archive-index.ts';
import type { KeyNeedle } from '../leaks/key-needles.ts';
import { formatLeakCertificate, LEAK_CERTIFICATE, LEAK_SIGNATURES } from '../leaks/leak-certificate.ts';
import { type LeakFinding, type LeakSource, type ScannedAudio, scanForLeaks } from '../leaks/scan-for-leaks.ts';
import { signText } from '../signing/sign-text.ts';
import { canonicalJson } from '../../lib/canonical-json.ts';
import type { ArchiveParts } from './archive-parts.ts';
import type { CallFacts } from './call-facts.ts';
import { channelsOf } from './describe-sealed.ts';
import type { PackOrder } from './pack-order.ts';

export interface LookedThrough {
  readonly order: PackOrder;
  readonly facts: CallFacts;
  /** Texts that will be archived, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What was looked through while it was encoded. */
  readonly audio: readonly ScannedAudio[];
  readonly needles: readonly KeyNeedle[];
}

export interface Looked {
  /** The signed certificate, where nothing was found. */
  readonly files: Readonly<Record<string, string>>;
  /** What is to be masked from now on. */
  readonly spans: readonly RecordingSpan[];
  /** What no mask mends, in sentences: an alarm. */
  readonly leaks: readonly string[];
}

/** Entries at the end of the log: what was appended while calls like this one were archived. */
const LOG_TAIL = 256;

/**
 * Looks for card numbers, tones of PINs and bytes of keys in all that is about to be archived of a recording, in its rows of index and journal, and in
 * the log. Nothing found: a signed certificate says so. A card number in the audio becomes a masked span; everything else is an alarm.
 */
export async function lookForLeaks(
  { order, facts, files, audio, needles }: LookedThrough,
  parts: ArchiveParts,
): Promise<Looked> {
  const { recording, manifest, software } = order;
  const sides = channelsOf(manifest);
  const sideOf = (track: string): number =>
    Math.max(
      0,
      sides.findIndex(({ tracks }) => tracks.includes(track)),
    );
  const stretch = ({ track, fromMs, toMs }: RecordingSpan) => ({
    channel: sideOf(track),
    from_ms: fromMs,
    to_ms: toMs,
  });
  const { sources, findings } = scanForLeaks({
    audio,
    sources: [
      ...Object.entries(files).map(([name, text]) => textSource(name, text)),
      textSource('journal', facts.journal),
      textSource('index', await indexed(recording, parts)),
      { name: 'log', kind: 'bytes', bytes: await tailOf(parts.log) },
    ],
    secret: facts.secret.map(stretch),
    spoken: facts.found.filter(({ source }) => source === 'card-number').map(stretch),
    keys: needles,
    profile: parts.profile,
  });
  if (findings.length > 0)
    return {
      files: {},
      spans: findings.flatMap((finding) =>
        maskOf(finding, sides[finding.channel ?? 0]?.tracks[0] ?? 'customer', facts),
      ),
      leaks: findings.flatMap(alarmOf),
    };
  const { text, signatures } = await signText(
    formatLeakCertificate(sources, {
      salt: randomBytes(32).toString('hex'),
      recording,
      at: new Date(parts.wall()).toISOString(),
      software,
      keys: needles.map(({ name }) => name),
    }),
    parts.signers,
  );
  const signed = canonicalJson({ signatures: signatures.map((one) => ({ ...one })) });
  return { files: { [LEAK_CERTIFICATE]: text, [LEAK_SIGNATURES]: signed }, spans: [], leaks: [] };
}

const textSource = (name: string, text: string): LeakSource => ({ name, kind: 'text', bytes: Buffer.from(text) });

/** As the database gives it back. */
async function indexed(recording: PackOrder['recording'], { index }: ArchiveParts): Promise<string> {
  return JSON.stringify({ row: await index.find(recording), content: await index.content(recording) });
}

const tailOf = async (log: ArchiveParts['log']): Promise<Buffer> =>
  Buffer.concat((await log.newest(LOG_TAIL)).map(({ digest }) => digest));

/** Of audio; what the recognizer found is masked already. */
function maskOf({ kind, channel, at, to }: LeakFinding, track: string, { found }: CallFacts): readonly RecordingSpan[] {
  if (channel === undefined || to === undefined) return [];
  const source = kind === 'pin-tone' ? 'dtmf' : 'card-number';
  const span: RecordingSpan = {
    track,
    fromMs: at,
    toMs: to,
    kind: 'masked',
    level: kind === 'pin-tone' ? 'C3' : 'C2',
    source,
  };
  return found.some((one) => one.source === source && one.fromMs <= at && one.toMs >= to) ? [] : [span];
}

function alarmOf({ kind, source, at, channel, key }: LeakFinding): readonly string[] {
  if (kind === 'pin-tone') return [`${source}: a tone of a secret entry at ${(at / 1000).toFixed(1)} s`];
  if (kind === 'key-bytes') return [`${source}: bytes of the ${key ?? 'key'} at ${at}`];
  return channel === undefined ? [`${source}: a card number at ${at}`] : [];
}
