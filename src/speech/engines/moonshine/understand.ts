import type { Hypothesis, RecognitionRequest } from '../../speech-service.ts';
import { decodeInGrammar } from './beam-decoding.ts';
import { type Conditioned, conditionUtterance } from './condition-utterance.ts';
import { confidenceFree, confidenceInGrammar, type Fit, THRESHOLD } from './confidence.ts';
import { decodeFreely, type FreeResult, logSilence } from './free-decoding.ts';
import type { MoonshineModel } from './moonshine-model.ts';
import { spokenWords } from './spoken-words.ts';
import type { TokenAutomaton } from './token-automaton.ts';
import { writtenBy } from './tokens.ts';

export interface Understood {
  readonly outcome: 'match' | 'rejected' | 'not-speech';
  readonly hypotheses: readonly Hypothesis[];
}

/** Above this the decoder says that there was no speech at all. */
const NO_SPEECH = -0.03;
const HYPOTHESES = 4;
/** Free decodings that a grammar accepts and that are so sure (mean log-probability) need no search. */
const SURE = -0.25;

/** Understands one utterance: 8 kHz mono 16-bit. @throws the reason of `signal` */
export async function understand(
  model: MoonshineModel,
  audio: Int16Array,
  request: Pick<RecognitionRequest, 'orFree'>,
  automaton: TokenAutomaton | undefined,
  signal: AbortSignal,
): Promise<Understood> {
  const conditioned = conditionUtterance(audio);
  if (conditioned.spokenSeconds === 0) return { outcome: 'not-speech', hypotheses: [] };
  const heard = await model.hear(conditioned.audio);
  if (logSilence(heard.first) > NO_SPEECH) return { outcome: 'not-speech', hypotheses: [] };
  const free = await decodeFreely(model, heard, conditioned.seconds, signal);
  if (automaton === undefined) return freely(free);
  const fits = await fitsOf(model, heard, free, automaton, conditioned, signal);
  const hypotheses = fits.map((fit) => ({
    words: fit.words,
    confidence: confidenceInGrammar(fit, free, conditioned.spokenSeconds),
    free: false,
  }));
  const sure = (hypotheses[0]?.confidence ?? 0) >= THRESHOLD;
  if (sure) return { outcome: 'match', hypotheses };
  if (!request.orFree) return { outcome: 'rejected', hypotheses };
  const open = freely(free);
  return { outcome: open.outcome, hypotheses: [...open.hypotheses, ...hypotheses].slice(0, HYPOTHESES) };
}

export async function fitsOf(
  model: MoonshineModel,
  heard: Parameters<typeof decodeInGrammar>[1],
  free: FreeResult,
  automaton: TokenAutomaton,
  { seconds, spokenSeconds }: Conditioned,
  signal: AbortSignal,
): Promise<Fit[]> {
  const readings = automaton.readings(free.tokens);
  const mean = free.logp / (free.tokens.length + 1);
  if (readings.length > 0 && mean > SURE)
    return readings.map((words) => ({ words, logp: free.logp, tokens: free.tokens.length + 1 }));
  const found = await decodeInGrammar(
    model,
    heard,
    automaton,
    {
      beam: 5,
      width: 12,
      spread: 3,
      reward: { perWord: 2, words: 2 * spokenSeconds },
      longest: 6 + Math.ceil(seconds * 10),
    },
    signal,
  );
  const fits = new Map<string, Fit>();
  for (const { tokens, logp } of found)
    for (const words of automaton.readings(tokens)) {
      const key = words.join(' ');
      if (!fits.has(key)) fits.set(key, { words, logp, tokens: tokens.length + 1 });
      if (fits.size >= HYPOTHESES) return [...fits.values()];
    }
  return [...fits.values()];
}

function freely(free: FreeResult): Understood {
  const words = spokenWords(writtenBy(free.tokens));
  const confidence = confidenceFree(free);
  return {
    outcome: words.length > 0 && confidence >= THRESHOLD ? 'match' : 'rejected',
    hypotheses: words.length > 0 ? [{ words, confidence, free: true }] : [],
  };
}
