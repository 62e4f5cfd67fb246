import { IvrError } from '../../domain/error.ts';
import type { Logger } from '../../lib/logger.ts';
import { openEspeak } from '../engines/espeak/espeak.ts';
import { openNeuralVoice } from '../engines/neural-voice/neural-voice.ts';
import { openRecordings } from '../engines/recordings/recordings.ts';
import type { Synthesizer, SynthesizerName } from '../synthesizer.ts';
import { clauseAudio } from './clause-audio.ts';
import { clausesOf } from './clauses.ts';
import type { NamedSpeech } from './named-speech.ts';
import { LONGEST_TEXT } from './speakable-text.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import type { Voicing } from './voicing.ts';

export interface SynthesizersOptions {
  /** Must be there; the others speak what it cannot, if they are. */
  readonly synthesizer: SynthesizerName;
  readonly synthesisProcesses: number;
  readonly espeakCommand: string;
  /** Folder of what was recorded ahead, and in which languages. Default: nothing was. */
  readonly recordings?: string;
  readonly recorded?: readonly string[];
}

export interface Synthesizers extends AsyncDisposable {
  /** Of each that is there: part of the names of its clips. */
  readonly versions: Readonly<Partial<Record<SynthesizerName, string>>>;
  /** That any of them speaks, primary subtags of BCP 47. */
  readonly languages: readonly string[];
  /** Whether the engine of a voicing is there and knows its language. */
  speaks(voicing: Voicing): boolean;
  /**
   * Clauses in order, each as soon as it exists: the first is spoken while the next is made.
   *
   * @returns 8 kHz mono 16-bit, all at the same level
   * @throws IvrError SYNTHESIZER_UNREACHABLE, SYNTHESIS_FAILED, DEADLINE_EXCEEDED, CANCELLED (while iterating)
   */
  synthesize(speech: NamedSpeech, signal: AbortSignal): AsyncIterable<Int16Array>;
}

/** The engines by name. @throws IvrError SYNTHESIZER_UNREACHABLE, MODEL_MISSING, MODEL_ALTERED when the chosen one cannot be opened */
export async function openSynthesizers(options: SynthesizersOptions, logger: Logger): Promise<Synthesizers> {
  const engines = new Map<SynthesizerName, Synthesizer>();
  if (options.synthesizer === 'neural-voice')
    engines.set('neural-voice', await openNeuralVoice({ processes: options.synthesisProcesses }, logger));
  const espeak = await openEspeak({ command: options.espeakCommand }).catch((thrown: unknown) => {
    if (options.synthesizer === 'espeak-ng') throw thrown;
    return undefined; // only other languages miss it
  });
  if (espeak !== undefined) engines.set('espeak-ng', espeak);
  const { recordings, recorded = [] } = options;
  if (recordings !== undefined && recorded.length > 0)
    engines.set('recordings', await openRecordings(recordings, recorded, levelled(engines.get('neural-voice'))));
  return {
    versions: Object.fromEntries([...engines].map(([name, { version }]) => [name, version])),
    languages: [...new Set([...engines.values()].flatMap(({ capabilities }) => capabilities.languages))],
    speaks: ({ engine, language }) =>
      engines.get(engine)?.capabilities.languages.includes(primaryLanguage(language)) === true,
    async *synthesize({ text, voicing }, signal) {
      if (text.length > LONGEST_TEXT)
        throw new IvrError('SYNTHESIS_FAILED', `the text is longer than ${LONGEST_TEXT} characters`, {
          length: text.length,
          limit: LONGEST_TEXT,
        });
      const { engine, language, voice } = voicing;
      const synthesizer = engines.get(engine);
      if (synthesizer === undefined)
        throw new IvrError('SYNTHESIZER_UNREACHABLE', `${engine}, which speaks ${language}, is not installed`, {
          engine,
          language,
        });
      const who = voice === undefined ? { language } : { language, voice };
      let audible = false;
      for (const clause of clausesOf(text)) {
        const samples = clauseAudio(await synthesizer.speak(clause, who, signal), clause);
        if (samples.length === 0) continue;
        audible = true;
        yield samples;
      }
      if (!audible && /[\p{L}\p{N}]/u.test(text))
        throw new IvrError('SYNTHESIS_FAILED', `${engine} produces no audio for a text in ${language}`, {
          engine,
          language,
          length: text.length,
        });
    },
    async [Symbol.asyncDispose]() {
      for (const engine of engines.values()) await engine[Symbol.asyncDispose]();
    },
  };
}

/** As clips are: the recordings already are. */
const levelled = (voice: Synthesizer | undefined): Pick<Synthesizer, 'speak'> | undefined =>
  voice === undefined
    ? undefined
    : { speak: async (clause, who, signal) => clauseAudio(await voice.speak(clause, who, signal), '') };
