import type { MessagePort } from 'node:worker_threads';
import { IvrError } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { Scope } from '../../lib/scope.ts';
import { type ClipFolder, openClipFolder } from '../clips/clip-folder.ts';
import { loadClipFile } from '../clips/load-clip-file.ts';
import { PromptCache, type PromptCacheOptions } from '../clips/prompt-cache.ts';
import { wellKnownClips } from '../clips/well-known-clips.ts';
import { ReceivedGrammars } from '../recognition/kept-grammars.ts';
import { openRecognition } from '../recognition/open-recognition.ts';
import type { ClipId, LanguageVoice } from '../speech-service.ts';
import type { NamedSpeech } from '../synthesis/named-speech.ts';
import { openSynthesizers, type Synthesizers } from '../synthesis/synthesizers.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import { JobMatcher } from './job-matcher.ts';
import { languageVoices } from './language-voices.ts';
import { toRemoteError } from './remote-error.ts';
import { type ServedChannel, serveChannel } from './serve-channel.ts';
import { Slots } from './slots.ts';
import type { FromSpeechWorker, SpeechWorkerOptions, ToSpeechWorker } from './speech-worker-protocol.ts';
import { noVoice } from './voice-check.ts';

/** The media worker's request may overtake the main thread's `say`. */
const UNKNOWN_CLIP_WAIT = seconds(1);
const ORPHAN_LIFE = seconds(10);
/** Prompts prepared at the same time: live speech is never behind more than one clause of them. */
const PREPARED_AT_ONCE = 1;

export interface SpeechWorkerCore {
  receive(message: Exclude<ToSpeechWorker, { readonly type: 'close' }>): void;
  close(): Promise<void>;
}

type Recognize = Extract<ToSpeechWorker, { readonly type: 'recognize' }>;

/**
 * The whole speech worker but its thread: prompt cache, synthesizers, recognition, and the channels of the media workers.
 *
 * @throws IvrError SYNTHESIZER_UNREACHABLE, MODEL_MISSING, MODEL_ALTERED, RECOGNIZER_UNREACHABLE
 */
export async function openSpeechWorkerCore(
  options: SpeechWorkerOptions,
  post: (message: FromSpeechWorker) => void,
  logger: Logger,
): Promise<SpeechWorkerCore> {
  const scope = new Scope((error) => logger.warn({}, 'a part of the speech worker did not close', error));
  try {
    return await openParts(options, post, logger, scope);
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}

async function openParts(
  options: SpeechWorkerOptions,
  post: (message: FromSpeechWorker) => void,
  logger: Logger,
  scope: Scope,
): Promise<SpeechWorkerCore> {
  const channels = new Set<ServedChannel>();
  let clipsFailed = 0;

  // both load for a second and more; what opens after the other has failed is closed at once
  const [synthesizers, recognition] = await Promise.all([
    openSynthesizers(options, logger).then((one) => scope.use(one)),
    openRecognition(options, logger).then((one) => scope.use(one)),
  ]);
  const { cacheDirectory, cacheDiskBytes } = options;
  const folder =
    cacheDirectory === undefined ? undefined : await openClipFolder(cacheDirectory, cacheDiskBytes, logger);

  const voices = await languageVoices(options, synthesizers, recognition, logger, scope.signal);
  const cache = scope.use(
    openPromptCache(
      { options, synthesizers, voices, folder },
      {
        onReady: (clip, ready) => post({ type: 'clip-ready', clip, ready }),
        onForgotten(clip) {
          post({ type: 'clip-forgotten', clip });
          for (const channel of channels) channel.forget(clip);
        },
        onFailed({ clip, voicing, kind }, error) {
          clipsFailed++;
          logger.error(
            { clip, kind, engine: voicing.engine, language: voicing.language, code: error.code },
            'a prompt could not be synthesised',
            error,
          );
          tellStatistics();
        },
      },
    ),
  );
  for (const [clip, samples] of wellKnownClips()) cache.fix(clip, samples);

  const jobs = new JobMatcher({
    recognize(audio, request, deadline, signal) {
      const transcript = recognition.recognize(audio, request, deadline, signal);
      tellStatistics();
      return transcript.finally(tellStatistics);
    },
    onTranscript: (job, transcript) => post({ type: 'transcript', job, transcript }),
    onFailed: (job, thrown) => post({ type: 'job-failed', job, error: toRemoteError(thrown, 'RECOGNITION_FAILED') }),
    clock: systemClock,
    orphanLife: ORPHAN_LIFE,
    onDropped: () => tellStatistics(),
  });
  scope.defer(() => jobs.close());

  let telling: NodeJS.Immediate | undefined;
  scope.defer(() => clearImmediate(telling));
  const tellStatistics = (): void => {
    telling ??= setImmediate(() => {
      telling = undefined;
      const counts = {
        clipsFailed,
        utterancesDropped: jobs.dropped,
        dynamicClips: cache.dynamicClips,
        cacheMemoryBytes: cache.memoryBytes,
        recognition: recognition.statistics(),
      };
      post({ type: 'statistics', load: recognition.load(), counts });
    });
  };

  const addChannel = (port: MessagePort): void => {
    const channel = serveChannel(port, cache, jobs, () => channels.delete(channel));
    channels.add(channel);
  };
  scope.defer(() => {
    for (const channel of channels) channel.close();
  });

  post({ type: 'open', cached: folder?.clips ?? [], versions: synthesizers.versions, voices });
  tellStatistics();
  return {
    receive: receiver({ cache, jobs, post, signal: scope.signal, tellStatistics, addChannel }),
    close: () => scope.close(),
  };
}

function openPromptCache(
  {
    options: { cacheMemoryBytes, dynamicLife },
    synthesizers,
    voices,
    folder,
  }: {
    readonly options: SpeechWorkerOptions;
    readonly synthesizers: Synthesizers;
    readonly voices: readonly LanguageVoice[];
    readonly folder: ClipFolder | undefined;
  },
  on: Pick<PromptCacheOptions, 'onReady' | 'onForgotten' | 'onFailed'>,
): PromptCache {
  return new PromptCache({
    synthesize(speech, signal) {
      const language = primaryLanguage(speech.voicing.language);
      const unintelligible = voices.find((voice) => voice.language === language && !voice.intelligible);
      if (unintelligible !== undefined) throw noVoice(unintelligible);
      return synthesizers.synthesize(speech, signal);
    },
    ...(folder === undefined ? {} : { folder }),
    memoryBytes: cacheMemoryBytes,
    dynamicLife,
    unknownWait: UNKNOWN_CLIP_WAIT,
    clock: systemClock,
    ...on,
  });
}

interface Receiving {
  readonly cache: PromptCache;
  readonly jobs: JobMatcher;
  readonly post: (message: FromSpeechWorker) => void;
  readonly signal: AbortSignal;
  readonly tellStatistics: () => void;
  readonly addChannel: (port: MessagePort) => void;
}

/** What the main thread tells the worker to do. */
function receiver({
  cache,
  jobs,
  post,
  signal,
  tellStatistics,
  addChannel,
}: Receiving): (message: Parameters<SpeechWorkerCore['receive']>[0]) => void {
  const grammars = new ReceivedGrammars();
  const preparing = new Slots(PREPARED_AT_ONCE);
  const prepare = async (speeches: readonly NamedSpeech[]): Promise<undefined> => {
    for (const speech of speeches) {
      const leave = await preparing.enter(signal);
      try {
        await cache.prepare(speech);
      } finally {
        leave();
      }
    }
    return undefined;
  };
  const answer = (id: number, work: Promise<ClipId | undefined>): void => {
    work.then(
      (clip) => post({ type: 'done', id, error: undefined, clip }),
      (thrown: unknown) =>
        post({ type: 'done', id, error: toRemoteError(thrown, 'SYNTHESIS_FAILED'), clip: undefined }),
    );
  };
  const loadFile = async (path: string): Promise<ClipId> => {
    const { clip, samples } = await loadClipFile(path);
    cache.fix(clip, () => samples);
    return clip;
  };
  const recognize = ({ job, request, grammar, deadline }: Recognize): void => {
    const graph = grammar === undefined ? undefined : grammars.resolve(grammar);
    if (grammar !== undefined && graph === undefined) {
      const error = toRemoteError(new IvrError('INTERNAL', 'the grammar is not known'), 'INTERNAL');
      post({ type: 'job-failed', job, error });
    } else jobs.open(job, graph === undefined ? request : { ...request, grammar: graph }, deadline);
  };
  return (message) => {
    switch (message.type) {
      case 'say':
        cache.say(message.speech, message.start);
        return tellStatistics();
      case 'release':
        for (const clip of message.clips) cache.release(clip);
        return tellStatistics();
      case 'prepare':
        return answer(message.id, prepare(message.speeches));
      case 'load-file':
        return answer(message.id, loadFile(message.path));
      case 'recognize':
        return recognize(message);
      case 'cancel':
        return jobs.cancel(message.job);
      case 'forget-grammars':
        return grammars.forget();
      case 'channel':
        return addChannel(message.port);
    }
  };
}
