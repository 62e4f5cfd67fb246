import { speechText } from '../calls/conversation/prompt-player.ts';
import type { Config } from '../config/schema.ts';
import type { Dialogue } from '../dialogue/dialogue.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import type { EmbeddedSpeech } from '../speech/client/open-speech-service.ts';
import { expectIntelligible } from './expect-language.ts';
import { openSpeech, warnOfFormerVoices } from './open-speech.ts';
import { type Prepared, preparePrompts } from './prepare-prompts.ts';

/**
 * Speech, with the prompts of the dialplan ready to play.
 *
 * @throws IvrError as `openSpeech`, `expectIntelligible` and `preparePrompts`
 */
export async function openPrompts(
  config: Config,
  { language, staticPrompts }: Pick<Dialogue, 'language' | 'staticPrompts'>,
  onPrepared: Prepared,
  scope: Scope,
  logger: Logger,
): Promise<EmbeddedSpeech> {
  const speech = await openSpeech(config, language, scope, logger);
  warnOfFormerVoices(staticPrompts, logger);
  expectIntelligible(language, speech.voices(), config.dialplan.file);
  await preparePrompts(speech, staticPrompts.map(speechText), onPrepared);
  return speech;
}
