import '../lib/original-positions.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { openArchiveIndex } from '../archive/index/open-archive-index.ts';
import { openArchivePipeline } from '../archive/pipeline/archive-pipeline.ts';
import { openAudioSealer } from '../archive/pipeline/open-audio-sealer.ts';
import { openRetention } from '../archive/retention/open-retention.ts';
import { keyedHash } from '../archive/search/keyed-hash.ts';
import { sm2SignerOf } from '../archive/signing/sm2-signer.ts';
import { openJournalStore } from '../journal/open-journal-store.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { Scope } from '../lib/scope.ts';
import { callsTo, serveCalls, toFailure } from '../lib/thread-calls.ts';
import { openStorageAgain } from '../storage/open-storage.ts';
import { WritePriority } from '../storage/write-priority.ts';
import { VERSION } from '../version.ts';
import { archivePlaces } from './archive-places.ts';
import { archiveSigner } from './archive-signer.ts';
import { callFacts } from './call-facts.ts';
import { openBlobs } from './open-archive.ts';
import {
  MAIN_FUNCTIONS,
  type MainFunctions,
  type PipelineFunctions,
  type PipelineNotice,
  type PipelineThreadOptions,
} from './pipeline-messages.ts';
import { storageOptions } from './storage-options.ts';

/* Takes sealed recordings into the archive, on a thread of its own with its own connection to the database: calls do not wait for it. */

const main = parentPort;
if (main === null) throw new Error('pipeline-worker is started by open-pipeline-thread');
const { config, signingKey, sm2Key, hashKey, logHash, sealedKeys, priority } = workerData as PipelineThreadOptions;
const say = (notice: PipelineNotice): void => main.postMessage(notice);

const log =
  (level: 'info' | 'warn' | 'error'): Logger['error'] =>
  (facts, message, error) =>
    say({ type: 'log', level, facts, message, ...(error === undefined ? {} : { failure: toFailure(error) }) });
const logger: Logger = {
  debug: () => undefined,
  info: log('info'),
  warn: log('warn'),
  error: log('error'),
  child: () => logger,
};
const scope = new Scope((error) => logger.error({}, 'a part of the archive did not close', error));

async function open(port: NonNullable<typeof main>): Promise<PipelineFunctions> {
  const { functions: asked } = callsTo<MainFunctions>(port, MAIN_FUNCTIONS);
  const storage = scope.use(await openStorageAgain(await storageOptions(config), new WritePriority(priority)));
  const places = archivePlaces(config);
  const wall = () => systemClock.wall();
  const retention = openRetention(storage, { wall, trusted: wall });
  const hash = keyedHash(hashKey, config.archive.country_code);
  const signers = [archiveSigner(signingKey), ...(sm2Key === undefined ? [] : [sm2SignerOf(sm2Key)])];
  for (const key of [hashKey, signingKey, sm2Key]) key?.fill(0); // those who need them have them
  const pipeline = scope.use(
    await openArchivePipeline(
      {
        keys: { createDataKey: asked.createDataKey, openDataKey: asked.openDataKey, keysAbove: asked.keysAbove },
        profile: config.archive.profile,
        blobs: scope.use(await openBlobs(config, places, systemClock)),
        index: openArchiveIndex(storage, systemClock),
        log: { append: asked.append, leaf: asked.leaf, newest: asked.newest, hash: logHash },
        signers,
        sealer: scope.use(openAudioSealer()),
        facts: callFacts(asked.over, openJournalStore(storage), { hash, recognizer: config.speech.recognizer }),
        retain: (recording) => retention.apply(recording),
        wall,
      },
      {
        recordingsDirectory: config.recordings.directory,
        workFolder: places.work,
        sealedKeys,
        keepSealedMs: config.archive.keep_sealed_hours * 3_600_000,
        software: `tellerline ${VERSION}`,
        onChange: () => tell(),
      },
      systemClock,
      logger,
    ),
  );
  const tell = (): void => say({ type: 'state', counts: pipeline.counts(), trouble: pipeline.trouble() });
  return {
    take: (recording, source) => pipeline.enqueue(recording, source),
    catchUp: () => pipeline.catchUp(),
    idle: () => pipeline.idle(),
    async close() {
      await scope.close();
      for (const key of [sealedKeys.wrapping, ...sealedKeys.former]) key.fill(0);
    },
  };
}

try {
  serveCalls(main, await open(main));
  say({ type: 'ready' });
} catch (thrown) {
  await scope.close();
  say({ type: 'failed', failure: toFailure(thrown) });
}
