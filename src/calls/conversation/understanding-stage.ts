import type { Dialogue, DialogueState, Heard } from '../../dialogue/dialogue.ts';
import type { Understanding } from '../../dialogue/understanding.ts';
import { asError, IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import type { Logger } from '../../lib/logger.ts';
import type { DecodeKind, Transcript } from '../../speech/speech-service.ts';
import type { UnderstoodTranscript } from '../turn/turn-state.ts';

/** A caller who waits longer for an answer speaks again. */
const UNDERSTANDING_WITHIN = ms(800);

export interface UnderstandingStageOptions {
  readonly dialogue: Pick<Dialogue, 'interpret' | 'intents' | 'examples' | 'place'>;
  readonly understanding: Understanding;
  /** Where the dialogue stands; undefined: it has not begun. */
  readonly state: () => DialogueState | undefined;
  /** What the grammars made of the words is used in place of what did not come. */
  readonly onFailed: (error: IvrError) => void;
  readonly logger: Logger;
  /** Default: 800 ms. */
  readonly deadline?: Milliseconds;
}

/** Recognised words to understood ones; a promise when that takes its time. Never throws or rejects. */
export type UnderstandingStage = (
  transcript: Transcript,
  kind: DecodeKind,
  signal: AbortSignal,
) => UnderstoodTranscript | Promise<UnderstoodTranscript>;

/**
 * The stage between recognition and the dialogue's step. Its state does not change while a transcript is being understood:
 * whatever ends the turn also aborts `signal`.
 *
 * Fallback, when the understanding fails or is late: the interpretations of the dialplan's grammars and keywords.
 */
export function openUnderstandingStage(options: UnderstandingStageOptions): UnderstandingStage {
  const { dialogue, understanding, onFailed, logger, deadline = UNDERSTANDING_WITHIN } = options;

  function failed(thrown: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    const error =
      thrown instanceof IvrError ? thrown : new IvrError('UNDERSTANDING_FAILED', 'understanding failed', {}, thrown);
    logger.warn({ code: error.code }, 'understanding fell back to the grammars', asError(thrown));
    onFailed(error);
  }

  return (transcript, kind, signal) => {
    const state = options.state();
    if (state === undefined) return { ...transcript, hypotheses: transcript.hypotheses.map(uninterpreted) };
    const told = transcript.outcome === 'other-language' ? transcript.language : undefined;
    const heard = dialogue.interpret(state, transcript.hypotheses, told);
    const byGrammar: UnderstoodTranscript = { ...transcript, hypotheses: heard };
    // half a phrase only asks whether these are words
    if (kind === 'partial' || heard.length === 0) return byGrammar;
    const { examples } = dialogue;
    const language = heard.find((one) => one.language !== undefined)?.language ?? dialogue.place(state).language;
    const asked = { heard, intents: dialogue.intents(state), examples, language };
    const late = new AbortController();
    try {
      const answer = understanding.interpret(asked, AbortSignal.any([signal, late.signal]));
      if (!(answer instanceof Promise)) return { ...transcript, hypotheses: answer };
      return within(answer, deadline, 'understanding', signal).then(
        (hypotheses) => ({ ...transcript, hypotheses }),
        (thrown: unknown) => {
          // nobody waits for it any more: it is not to hold up what others ask
          late.abort();
          failed(thrown, signal);
          return byGrammar;
        },
      );
    } catch (thrown) {
      failed(thrown, signal);
      return byGrammar;
    }
  };
}

const uninterpreted = (recognized: Transcript['hypotheses'][number]): Heard => ({ ...recognized, interpretations: [] });
