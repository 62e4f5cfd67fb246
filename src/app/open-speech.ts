import type { Config } from '../config/schema.ts';
import type { SpokenPrompt } from '../dialogue/dialogue.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { type EmbeddedSpeech, openSpeechService } from '../speech/client/open-speech-service.ts';
import { currentVoice } from '../speech/engines/neural-voice/voices.ts';
import { recordedLanguages } from '../speech/engines/recordings/recordings.ts';

/** Recognition and synthesis as the configuration names them. @param language - of the dialplan */
export const openSpeech = async (
  { speech }: Config,
  language: string,
  scope: Scope,
  logger: Logger,
): Promise<EmbeddedSpeech> =>
  scope.use(
    await openSpeechService(
      {
        cacheDirectory: speech.cache,
        synthesizer: speech.synthesizer,
        voice: speech.voice,
        language,
        checkVoices: speech.check_voices === 'on',
        recognizer: speech.recognizer,
        recognizers: speech.recognizers,
        recognizerThreads: speech.recognizer_threads,
        queueLimit: speech.queue_limit,
        recordings: speech.recordings,
        recorded: await recordedLanguages(speech.recordings),
      },
      logger,
    ),
  );

/** A dialplan may name a voice that no longer exists: its replacement is logged once. */
export function warnOfFormerVoices(prompts: readonly SpokenPrompt[], logger: Logger): void {
  for (const voice of new Set(prompts.flatMap((prompt) => prompt.voice ?? [])))
    if (currentVoice(voice) !== voice)
      logger.warn({ voice }, `the dialplan's voice ${voice} is now called ${currentVoice(voice)}`);
}
