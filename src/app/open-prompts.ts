import { speechText } from '../calls/conversation/prompt-player.ts';
import type { Config } from '../config/schema.ts';
import { IvrError } from '../domain/error.ts';
import { primaryLanguage } from '../language/primary-language.ts';
import { allQueuePhrases } from '../language/queue-phrases.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import type { EmbeddedSpeech } from '../speech/client/open-speech-service.ts';
import type { SpeechText } from '../speech/speech-service.ts';
import type { CallRouting } from './call-routing.ts';
import { spokenLanguages } from './expect-language.ts';
import { openSpeech, warnOfFormerVoices } from './open-speech.ts';
import { type Prepared, preparePrompts } from './prepare-prompts.ts';

/** What the bank calls itself, by language. */
type Bank = Readonly<Record<string, string>>;

/**
 * Speech, with the prompts of all dialplans ready to play; the language of the first is the line's. Other languages of a dialplan that nobody speaks here
 * are left out of it, and told.
 *
 * @throws IvrError as `openSpeech`, `expectIntelligible` and `preparePrompts`
 */
export async function openPrompts(
  config: Config,
  routing: CallRouting,
  bank: Bank | undefined,
  onPrepared: Prepared,
  scope: Scope,
  logger: Logger,
): Promise<{ readonly speech: EmbeddedSpeech; readonly routing: CallRouting }> {
  const [{ dialogue: line }] = routing.dialplans;
  const speech = await openSpeech(config, line.language, scope, logger);
  const spoken = routing.mapped(({ dialogue, file }) =>
    dialogue.speaking(spokenLanguages(dialogue, speech.voices(), file, logger)),
  );
  const { dialplans } = spoken;
  const prompts = dialplans.flatMap((each) => each.dialogue.staticPrompts);
  warnOfFormerVoices(prompts, logger);
  const speeches = [...prompts.map(speechText), ...queueSpeech(bank, dialplans)];
  const own = new Set(dialplans.map(({ dialogue }) => dialogue.language));
  const others = [...new Set(speeches.map(({ language }) => language))].filter((language) => !own.has(language));
  const of = (language: string): readonly SpeechText[] => speeches.filter((each) => each.language === language);
  await preparePrompts(speech, [...own].flatMap(of), onPrepared);
  const unspeakable = new Set<string>();
  for (const language of others)
    if (!(await canBePrepared(speech, of(language), onPrepared, logger))) unspeakable.add(language);
  const kept = spoken.mapped(({ dialogue }) =>
    dialogue.speaking(dialogue.languages.filter((language) => !unspeakable.has(language))),
  );
  return { speech, routing: kept };
}

/** Whether all that is said in a language besides a dialplan's own can be spoken: half of it would leave callers in silence. */
async function canBePrepared(
  speech: EmbeddedSpeech,
  speeches: readonly SpeechText[],
  onPrepared: Prepared,
  logger: Logger,
): Promise<boolean> {
  try {
    await preparePrompts(speech, speeches, onPrepared);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof IvrError) || thrown.code !== 'SYNTHESIS_FAILED') throw thrown;
    const { language = '' } = speeches[0] ?? {};
    logger.warn(
      { language },
      'a prompt in this language of the dialplan cannot be spoken; callers are served in its others',
      thrown,
    );
    return false;
  }
}

/** What callers hear who wait for an agent. @param bank - undefined: there are no queues */
const queueSpeech = (bank: Bank | undefined, dialplans: CallRouting['dialplans']): readonly SpeechText[] =>
  bank === undefined
    ? []
    : dialplans
        .flatMap(({ dialogue }) => dialogue.languages.map((language) => dialogue.inLanguage(language)))
        .flatMap(({ language, disturbed }) =>
          allQueuePhrases(language, bank[primaryLanguage(language)]).map((text) => ({
            text,
            language,
            kind: 'static' as const,
            ...(disturbed.voice === undefined ? {} : { voice: disturbed.voice }),
          })),
        );
