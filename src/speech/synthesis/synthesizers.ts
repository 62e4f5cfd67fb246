import { IvrError } from '../../domain/error.ts';
import { openEspeak } from '../engines/espeak/espeak.ts';
import { openFlite } from '../engines/flite/flite.ts';
import type { Synthesizer } from '../synthesizer.ts';
import type { NamedSpeech } from './named-speech.ts';
import { LONGEST_TEXT } from './speakable-text.ts';
import type { SynthesizerName } from './voicing.ts';

export interface SynthesizersOptions {
  /** Opened at once; others when a language needs them. */
  readonly synthesizer: SynthesizerName;
  readonly synthesisThreads: number;
  readonly espeakCommand: string;
}

export interface Synthesizers extends AsyncDisposable {
  /** @throws IvrError SYNTHESIZER_UNREACHABLE, SYNTHESIS_FAILED, CANCELLED (while iterating) */
  synthesize(speech: NamedSpeech, signal: AbortSignal): AsyncIterable<Int16Array>;
}

/** The engines by name. @throws IvrError SYNTHESIZER_UNREACHABLE when the chosen one cannot be opened */
export async function openSynthesizers(options: SynthesizersOptions): Promise<Synthesizers> {
  const open: Readonly<Record<SynthesizerName, () => Promise<Synthesizer>>> = {
    flite: () => openFlite({ threads: options.synthesisThreads }),
    'espeak-ng': () => openEspeak({ command: options.espeakCommand }),
  };
  const opened = new Map<SynthesizerName, Promise<Synthesizer>>();
  const engine = (name: SynthesizerName): Promise<Synthesizer> => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const opening = open[name]();
    opened.set(name, opening);
    opening.catch(() => opened.delete(name)); // it may be installed by the next time
    return opening;
  };
  await engine(options.synthesizer);
  return {
    async *synthesize({ text, voicing }, signal) {
      if (text.length > LONGEST_TEXT)
        throw new IvrError('SYNTHESIS_FAILED', `the text is longer than ${LONGEST_TEXT} characters`, {
          length: text.length,
          limit: LONGEST_TEXT,
        });
      const { language, voice } = voicing;
      const synthesizer = await engine(voicing.engine);
      yield* synthesizer.synthesize(text, voice === undefined ? { language } : { language, voice }, signal);
    },
    async [Symbol.asyncDispose]() {
      const engines = await Promise.allSettled(opened.values());
      for (const one of engines) if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]();
    },
  };
}
