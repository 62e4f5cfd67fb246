import { encodeMulaw, MULAW_TO_LINEAR } from '../../src/audio/g711.ts';
import { FRAME_SAMPLES, TELEPHONE_RATE } from '../../src/domain/units.ts';
import { sayWithFlite } from '../../test/support/flite/say-with-flite.ts';
import { AUDIBLE, type Utterance } from './telephone.ts';

/* What the callers say, synthesised once and sent as it is. */

export const HOURS = 'What are your opening hours?';
export const BALANCE = 'What is my balance?';
const VOICE = 'rms';
const LOOP_SECONDS = 20;
/** Under what counts as audible: lines are never quite still. */
const LINE_NOISE = 24;

export interface Speech {
  /** Says each text; begins and ends with its first and last audible sample. */
  readonly utterances: ReadonlyMap<string, Utterance>;
  /** Twenty seconds with as great a share of speech as asked for. */
  loop(share: number): Uint8Array;
}

export async function synthesise(texts: readonly string[]): Promise<Speech> {
  const utterances = new Map<string, Utterance>();
  for (const text of texts) utterances.set(text, await say(text));
  return {
    utterances,
    loop(share) {
      const length = LOOP_SECONDS * TELEPHONE_RATE;
      const samples = Int16Array.from({ length }, () => Math.round((Math.random() - 0.5) * LINE_NOISE));
      const loop = encodeMulaw(samples);
      const one = [...utterances.values()][0];
      if (one === undefined) return loop;
      const speech = one.audio.subarray(one.from, one.to);
      const sayings = Math.round((share * length) / speech.length);
      for (let n = 0; n < sayings; n++) loop.set(speech, Math.floor((n * length) / sayings));
      return loop;
    },
  };
}

async function say(text: string): Promise<Utterance> {
  const speech = await sayWithFlite(text, VOICE);
  const samples = new Int16Array(Math.ceil(speech.length / FRAME_SAMPLES) * FRAME_SAMPLES);
  samples.set(speech);
  const audio = encodeMulaw(samples);
  const audible = (code: number): boolean => Math.abs(MULAW_TO_LINEAR[code] ?? 0) > AUDIBLE;
  return { audio, from: Math.max(0, audio.findIndex(audible)), to: audio.findLastIndex(audible) + 1 };
}
