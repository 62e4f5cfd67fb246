import type { IntentExamples } from '../dialogue/dialogue.ts';
import { grammarUnderstanding, type Understanding } from '../dialogue/understanding.ts';
import { asError, IvrError } from '../domain/error.ts';
import { type Milliseconds, seconds } from '../domain/units.ts';
import { CONNECTIVES } from '../language/en/connectives.ts';
import { OUT_OF_SCOPE } from '../language/en/out-of-scope.ts';
import { primaryLanguage } from '../language/primary-language.ts';
import { within } from '../lib/deadline.ts';
import type { Logger } from '../lib/logger.ts';
import type { ExampleSentence } from './engine/intent-jobs.ts';
import { type IntentEngine, openIntentEngine } from './engine/intent-engine.ts';
import { hearIntents, OUT_OF_SCOPE_INTENT } from './hear-intents.ts';
import { intentClassifier, type IntentModel } from './intent-model.ts';
import { type LearntModels, openLearntModels } from './learnt-models.ts';

export interface DialplanExamples {
  readonly name: string;
  /** BCP 47 */
  readonly language: string;
  readonly examples: readonly IntentExamples[];
}

export interface IntentUnderstandingOptions {
  /** Where what was learnt is kept; undefined: it is learnt each time. */
  readonly folder?: string;
  /** The node_modules folder that has the weights; by default where Node finds them. */
  readonly modules?: string;
  /** How long what is new is waited for. Default: 30 s. */
  readonly deadline?: Milliseconds;
}

/** The line opens after it at the latest, and goes by keywords until the rest is learnt. */
const LEARNT_WITHIN = seconds(30);

/**
 * What callers want, by what dialplans' examples teach. Nothing is opened when no dialplan in English has any. What is learnt is
 * kept by what it was learnt from, so that it is learnt once.
 *
 * Fallback, when the model is missing, altered or broken: the dialplans' keywords, with an error in the log.
 */
export async function openIntentUnderstanding(
  dialplans: readonly DialplanExamples[],
  { folder, modules, deadline = LEARNT_WITHIN }: IntentUnderstandingOptions,
  logger: Logger,
): Promise<Understanding & AsyncDisposable> {
  const taught = dialplans.filter(
    ({ examples, language }) => primaryLanguage(language) === 'en' && examples.length > 1,
  );
  const nothing = { ...grammarUnderstanding, [Symbol.asyncDispose]: () => Promise.resolve() };
  if (taught.length === 0) return nothing;
  const closing = new AbortController();
  let engine: IntentEngine;
  try {
    engine = await openIntentEngine(modules === undefined ? {} : { modules }, logger);
  } catch (thrown) {
    const code = thrown instanceof IvrError ? thrown.code : 'UNDERSTANDING_FAILED';
    logger.error({ code }, 'intents are guessed by keywords: the classifier could not be started', asError(thrown));
    return nothing;
  }
  const learnt = new Map<readonly IntentExamples[], ReturnType<typeof learntBy>>();
  const models = folder === undefined ? undefined : openLearntModels(folder);
  const take = async ({ name, examples }: DialplanExamples, model: Promise<IntentModel | undefined>): Promise<void> => {
    try {
      const found = await model;
      if (found !== undefined) learnt.set(examples, learntBy(found, engine));
    } catch (thrown) {
      if (!closing.signal.aborted)
        logger.error(
          { code: 'UNDERSTANDING_FAILED', dialplan: name },
          'intents are guessed by keywords: the examples of a dialplan could not be learnt',
          asError(thrown),
        );
    }
  };
  const learning = (async () => {
    // what earlier starts have learnt does not wait for what is new
    for (const one of taught) await take(one, known(sentencesOf(one.examples), models));
    for (const one of taught)
      if (!learnt.has(one.examples))
        await take(one, learn(sentencesOf(one.examples), models, engine, closing.signal, logger));
  })();
  await within(learning, deadline, 'learning intents', closing.signal).catch(() => {
    logger.warn({}, 'intents are still being learnt: keywords are used until then');
    void learning.then(() => {
      const all = taught.every(({ examples }) => learnt.has(examples));
      if (all) logger.info({}, 'intents are learnt: keywords are not used any more');
    });
  });
  return {
    interpret(asked, signal) {
      const intents = learnt.get(asked.examples);
      if (intents === undefined) return asked.heard;
      const classify = (words: readonly string[]) => intents.classify(words, signal);
      return hearIntents(asked, { ...intents, classify }, CONNECTIVES);
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await engine[Symbol.asyncDispose]();
      await learning;
    },
  };
}

const sentencesOf = (examples: readonly IntentExamples[]): readonly ExampleSentence[] => [
  ...examples.flatMap(({ intent, sentences }) => sentences.map((text) => ({ text, intent }))),
  ...OUT_OF_SCOPE.map((text) => ({ text, intent: OUT_OF_SCOPE_INTENT })),
];

const known = async (
  examples: readonly ExampleSentence[],
  models: LearntModels | undefined,
): Promise<IntentModel | undefined> => models?.read(examples);

/** Or what another dialplan with the same examples has taught meanwhile. */
async function learn(
  examples: readonly ExampleSentence[],
  models: LearntModels | undefined,
  engine: IntentEngine,
  signal: AbortSignal,
  logger: Logger,
): Promise<IntentModel> {
  const learntBefore = await known(examples, models);
  if (learntBefore !== undefined) return learntBefore;
  const model = await engine.learn(examples, signal);
  await models
    ?.write(examples, model)
    .catch((thrown: unknown) =>
      logger.warn({}, 'what was learnt of intents cannot be kept: the next start learns it again', asError(thrown)),
    );
  return model;
}

function learntBy(model: IntentModel, engine: IntentEngine) {
  const { classify } = intentClassifier(model);
  return {
    accept: model.accept,
    classify: async (words: readonly string[], signal: AbortSignal) => {
      const sentence = await engine.encode(words.join(' '), signal);
      // in another script nothing is left of it
      return sentence.words.length === 0 ? [] : classify(sentence);
    },
  };
}
