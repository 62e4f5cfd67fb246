import { IvrError } from '../../../domain/error.ts';
import { ms, seconds } from '../../../domain/units.ts';
import { entryPoint } from '../../../lib/entry.ts';
import type { Logger } from '../../../lib/logger.ts';
import { EngineProcessPool } from '../../processes/engine-process-pool.ts';
import type { Recognizer } from '../../recognizer.ts';
import type { RecognitionRequest } from '../../speech-service.ts';
import { primaryLanguage } from '../../../language/primary-language.ts';
import { WHISPER } from './capabilities.ts';
import type { SpokenLanguage } from '../../../language/spoken-language.ts';
import type { DecodeAnswer, DecodeRequest } from './whisper-jobs.ts';

export interface WhisperOptions {
  /** Utterances that are decoded at the same time, by turns. */
  readonly decoders: number;
  /** Threads that work at one step of one of them. */
  readonly threads: number;
  /** Another model of the same form than the one of this release. */
  readonly model?: { readonly folder: string; readonly name: string };
  /** At the lowest priority: for what nobody waits for. */
  readonly background?: boolean;
}

/** Of this release. */
export const SHIPPED_MODEL = 'whisper-base-zh-en';

/** Without a step for so long a process hangs: the longest, encoding 30 s, takes half a second of a core. */
const STALL = seconds(8);
const BACKGROUND_STALL = seconds(120);
/** Twice what was measured (docs/capacity.md): a leak, not a busy hour. */
const MEMORY = { process: 600_000_000, decoder: 60_000_000 };

/**
 * Whisper base for English and Mandarin in a process of its own, which holds the model once and decodes several utterances.
 * Resolves when the model is checked and loaded (about half a second). A process that dies or hangs is replaced at once; its
 * utterances fail with RECOGNIZER_UNREACHABLE.
 *
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED, RECOGNIZER_UNREACHABLE
 */
export async function openWhisper(
  { decoders, threads, model, background = false }: WhisperOptions,
  logger: Logger,
): Promise<Recognizer> {
  const pool = new EngineProcessPool<DecodeRequest, DecodeAnswer>(
    {
      name: 'recognizer',
      entry: entryPoint(import.meta.url, './whisper-process.js'),
      args: [String(threads), model?.folder ?? '', background ? 'background' : ''],
      processes: 1,
      jobsAtOnce: decoders,
      attempts: 1,
      // at the lowest priority it may wait for calls
      stall: background ? BACKGROUND_STALL : STALL,
      memory: MEMORY.process + decoders * MEMORY.decoder,
      codes: { unreachable: 'RECOGNIZER_UNREACHABLE', failed: 'RECOGNITION_FAILED' },
    },
    logger,
  );
  await pool.open();
  const decode = decodesBy(pool);
  return {
    name: model?.name ?? SHIPPED_MODEL,
    capabilities: WHISPER,
    concurrency: decoders,
    async decode(audio, request, signal) {
      const primary = primaryLanguage(request.language);
      const language = WHISPER.languages.find((known) => known === primary);
      if (language === undefined)
        throw new IvrError('RECOGNITION_FAILED', `the recognizer does not know ${request.language}`, {
          language: request.language,
        });
      const { understood, decode_ms } = await decode(audio, request, language, signal);
      return { ...understood, decode: ms(decode_ms) };
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

type Decoded = Extract<DecodeAnswer, { readonly type: 'decoded' }>;

/** Sends each grammar but once, and again when a new process does not know it. */
function decodesBy(pool: EngineProcessPool<DecodeRequest, DecodeAnswer>) {
  const sent = new Set<string>();
  return async (
    audio: Int16Array,
    { grammar, kind, orFree }: RecognitionRequest,
    language: SpokenLanguage,
    signal: AbortSignal,
  ): Promise<Decoded> => {
    const request: DecodeRequest = { audio, language, kind, orFree };
    if (grammar === undefined) return decodedOf(await pool.run(request, signal));
    const name = `${language} ${grammar.key}`;
    const whole = { ...request, key: grammar.key, grammar };
    let answer = await pool.run(sent.has(name) ? { ...request, key: grammar.key } : whole, signal);
    if (answer.type === 'unknown-grammar') answer = await pool.run(whole, signal);
    sent.add(name);
    return decodedOf(answer);
  };
}

function decodedOf(answer: DecodeAnswer): Decoded {
  if (answer.type === 'decoded') return answer;
  throw new IvrError(
    'RECOGNITION_FAILED',
    'the recognizer process does not know a grammar that came with its utterance',
  );
}
