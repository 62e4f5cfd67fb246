import { openIntentRows } from '../archive/index/intent-rows.ts';
import { openDemoBank } from '../bank/demo-bank.ts';
import { openCallRegistry } from '../calls/call-registry.ts';
import { speechText } from '../calls/conversation/prompt-player.ts';
import type { Config } from '../config/schema.ts';
import { loadDialplan } from '../dialogue/load-dialplan.ts';
import { grammarUnderstanding } from '../dialogue/understanding.ts';
import { admit } from '../domain/admission.ts';
import { ms, seconds } from '../domain/units.ts';
import { openJournal } from '../journal/journal.ts';
import { openJournalStore } from '../journal/open-journal-store.ts';
import { systemClock } from '../lib/clock.ts';
import { watchEventLoop } from '../lib/event-loop-lag.ts';
import { watchFileDescriptors } from '../lib/file-descriptors.ts';
import type { Logger } from '../lib/logger.ts';
import { Scope } from '../lib/scope.ts';
import { withoutNumbers } from '../redaction/hide-numbers.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { SealedRecordingSink } from '../recording/sealed-recording-sink.ts';
import { HOLD_MUSIC_CLIP } from '../speech/clips/well-known-clips.ts';
import type { SpeechService } from '../speech/speech-service.ts';
import { primaryLanguage } from '../speech/synthesis/voicing.ts';
import { openStorage } from '../storage/open-storage.ts';
import { announceCalls } from './announce-calls.ts';
import type { App } from './app.ts';
import { callSettings } from './call-settings.ts';
import { expectIntelligible, expectLanguage } from './expect-language.ts';
import { MIGRATIONS } from './migrations.ts';
import { type FrontEnd, openFrontEnd } from './open-front-end.ts';
import { openRecording } from './open-recording.ts';
import { openSpeech, warnOfFormerVoices } from './open-speech.ts';
import { openWeb } from './open-web.ts';
import { testCallPlacer } from './place-test-call.ts';
import {
  callsPart,
  descriptorsPart,
  eventLoopPart,
  journalPart,
  recorderPart,
  speechPart,
  staffPart,
  webPart,
} from './parts.ts';
import { openStaffService } from './staff-service.ts';
import { storageOptions } from './storage-options.ts';
import { type ArchiveSources, type RunningArchive, runArchive } from './run-archive.ts';
import { sumParts } from './sum-parts.ts';
import { missingIn, watchChecks } from './watch-checks.ts';

/** Called every few seconds while prompts are synthesised, with how many of how many are ready. */
type Prepared = (done: number, total: number) => void;

/**
 * For the end of everything, after the calls' own: a store or a disk that hangs holds nothing up for longer, and the next start goes on with what it
 * had. With `limits.drain_ms` it is less than whoever stops us waits for (systemd, Compose, Kubernetes).
 */
export const CLOSE_LIMIT = seconds(30);

/**
 * The composition root of the server: the only place that knows which adapter stands behind which port. Opens everything
 * in the order of its dependence, the line last; closing the app closes it all in reverse.
 */
export async function openApp(config: Config, logger: Logger, onPrepared: Prepared = () => undefined): Promise<App> {
  const scope = new Scope((error) => logger.error({}, 'a part of the server did not close', error), CLOSE_LIMIT);
  try {
    return await compose(config, logger, scope, onPrepared);
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}

async function compose(config: Config, logger: Logger, scope: Scope, onPrepared: Prepared): Promise<App> {
  // what can be wrong in the files of a line is found before anything is made
  const bank = openDemoBank(systemClock);
  const dialogue = await loadDialplan(config.dialplan.file, {
    grammarsDirectory: config.dialplan.grammars,
    services: bank.services,
  });
  expectLanguage(dialogue.language, config.speech, config.dialplan.file);
  const storage = scope.use(await openStorage({ ...(await storageOptions(config)), migrations: MIGRATIONS }, logger));
  const store = openJournalStore(storage, openIntentRows(storage, systemClock));
  const journal = scope.use(await openJournal(store, systemClock, logger));
  const staff = await openStaffService(config, storage, logger);
  const { recorder, recovered, archive } = await recordAndArchive(config, { storage, journal, store }, scope, logger);
  const speech = await openSpeech(config, dialogue.language, scope, logger);
  warnOfFormerVoices(dialogue.staticPrompts, logger);
  expectIntelligible(dialogue.language, speech.voices(), config.dialplan.file);
  await prepare(speech, dialogue.staticPrompts.map(speechText), onPrepared);

  const front = scope.use(await openFrontEnd(config, logger));
  connectMedia(front, speech, recorder);

  const eventLoop = scope.use(watchEventLoop());
  const descriptors = scope.use(watchFileDescriptors());
  const parts = sumParts(
    [
      journalPart(journal),
      ...front.parts,
      speechPart(speech),
      recorderPart(recorder, config.recordings.on_failure === 'refuse' ? 'line' : 'nothing'),
      ...(archive?.parts ?? []),
      descriptorsPart(descriptors),
      callsPart(() => calls.live),
      eventLoopPart(eventLoop),
      staffPart(staff.emergencies),
      webPart(() => web.counts()),
    ],
    logger,
  );
  const checks = scope.use(await watchChecks(() => parts.checks()));
  const most = ms(config.limits.event_loop_lag_ms);
  const calls = openCallRegistry({
    settings: callSettings(config),
    dialogue,
    understanding: grammarUnderstanding,
    media: front.media,
    signalling: front.signalling,
    speech,
    recorder,
    ...(archive?.completing.announcing ?? announceCalls(journal, logger)),
    bank,
    holdMusic: HOLD_MUSIC_CLIP,
    line: () => admit({ missing: missingIn(checks.latest), lag: { now: eventLoop.lag, most } }),
    note: (contact, fact) => void journal.append(contact, withoutNumbers(fact)),
    clock: systemClock,
    logger,
  });
  const tellLine = (): void => front.setAdmission(calls.admission());
  calls.onChange(tellLine);
  checks.onRead(tellLine);

  const watched = { parts, checks, calls, journal, staff, archive: archive?.console };
  const { web, token, probes } = await openWeb(config, watched, scope, logger);
  archive?.completing.startTestCalls(testCallPlacer(front.sip, journal, logger));
  // the load of the start does not count as overload
  eventLoop.restart();

  return {
    get sip() {
      return front.sip;
    },
    http: web.address,
    probes,
    token,
    dialplan: `${dialogue.name} version ${dialogue.version}`,
    // a voice that no recognizer here could listen to may be anything, but for the dialplan's own
    spoken: speech
      .voices()
      .filter(
        ({ language, intelligible, errors }) =>
          intelligible && (errors !== undefined || language === primaryLanguage(dialogue.language)),
      )
      .map(({ language }) => language),
    recovered,
    get liveCalls() {
      return calls.live;
    },
    failed: front.failed,
    subscribe: (listener) => journal.subscribe(listener),
    async drain(limit) {
      await calls.drain(limit);
      await journal.flush();
    },
    [Symbol.asyncDispose]: () => scope.close(),
  };
}

/** Media workers hear and speak, and send to the recorder, on lines of their own; one that is lost is made anew. */
function connectMedia({ media }: FrontEnd, speech: Awaited<ReturnType<typeof openSpeech>>, recorder: Recorder): void {
  for (const [to, source] of [
    ['speech', speech],
    ['recorder', recorder],
  ] as const) {
    const connect = (): void => media.connect({ to, open: () => source.openChannel() });
    connect();
    source.onChannelNeeded(connect);
  }
}

const PREPARED_TOGETHER = 16;
const TOLD_EVERY_MS = 3_000;

async function prepare(
  speech: Pick<SpeechService, 'prepare'>,
  speeches: Parameters<SpeechService['prepare']>[0],
  onPrepared: Prepared,
): Promise<void> {
  let told = performance.now();
  for (let done = 0; done < speeches.length; ) {
    await speech.prepare(speeches.slice(done, done + PREPARED_TOGETHER));
    done = Math.min(speeches.length, done + PREPARED_TOGETHER);
    if (done === speeches.length || performance.now() - told < TOLD_EVERY_MS) continue;
    told = performance.now();
    onPrepared(done, speeches.length);
  }
}

/** The recorder says what is wrong with its folders, and needs no archive to seal what a crash left: so it comes first. */
async function recordAndArchive(config: Config, sources: ArchiveSources, scope: Scope, logger: Logger) {
  let archive: RunningArchive | undefined;
  const sink: SealedRecordingSink = { take: (sealed) => archive?.pipeline.take(sealed) ?? Promise.resolve() };
  const recording = await openRecording(config, sources.journal, scope, logger, sink);
  archive = await runArchive(config, sources, scope, logger);
  await archive?.pipeline.catchUp();
  return { ...recording, archive };
}
