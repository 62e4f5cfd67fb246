import { openIntentRows } from '../archive/index/intent-rows.ts';
import { type LineServices, openCallRegistry } from '../calls/call-registry.ts';
import type { Config } from '../config/schema.ts';
import { admit } from '../domain/admission.ts';
import { ms, seconds } from '../domain/units.ts';
import { openJournal } from '../journal/journal.ts';
import { openJournalStore } from '../journal/open-journal-store.ts';
import { systemClock } from '../lib/clock.ts';
import { watchEventLoop } from '../lib/event-loop-lag.ts';
import type { Logger } from '../lib/logger.ts';
import { Scope } from '../lib/scope.ts';
import { withoutNumbers } from '../redaction/hide-numbers.ts';
import { HOLD_MUSIC_CLIP } from '../speech/clips/well-known-clips.ts';
import { openStorage } from '../storage/open-storage.ts';
import { announceCalls } from './announce-calls.ts';
import type { App } from './app.ts';
import { callBack } from './call-back.ts';
import { callSettings } from './call-settings.ts';
import { openCallRouting } from './call-routing.ts';
import { connectMedia } from './connect-media.ts';
import { keepLadders } from './keep-ladders.ts';
import { mayReferTo } from './may-refer.ts';
import { MIGRATIONS } from './migrations.ts';
import { consoleDesk } from './console-desk.ts';
import { keepCalendars } from './keep-calendars.ts';
import { openBank } from './open-bank.ts';
import { openDesks } from './open-desks.ts';
import { openFrontEnd } from './open-front-end.ts';
import { openPrompts } from './open-prompts.ts';
import { openQueues } from './open-queues.ts';
import { openUnderstanding } from './open-understanding.ts';
import { openWeb } from './open-web.ts';
import type { Prepared } from './prepare-prompts.ts';
import { recordAndArchive } from './record-and-archive.ts';
import { runningApp } from './running-app.ts';
import { serverParts } from './server-parts.ts';
import { openStaffService } from './staff-service.ts';
import { testCallPlacer } from './place-test-call.ts';
import { storageOptions } from './storage-options.ts';
import { sumParts } from './sum-parts.ts';
import { missingIn, watchChecks } from './watch-checks.ts';

/**
 * For the end of everything, after the calls' own: a store or a disk that hangs holds nothing up for longer, and the next start goes on with what it
 * had. With `limits.drain_ms` and the time of the last seals (5 s) it is less than whoever stops us waits for (systemd, Compose, Kubernetes).
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
  const bank = await openBank(config, scope, logger);
  const read = await openCallRouting(config, bank.services.services, systemClock);
  const storage = scope.use(await openStorage({ ...(await storageOptions(config)), migrations: MIGRATIONS }, logger));
  const store = openJournalStore(storage, openIntentRows(storage, systemClock));
  const journal = scope.use(await openJournal(store, systemClock, logger));
  const staff = await openStaffService(config, storage, logger);
  const queues = await openQueues(config, read.hours, storage, scope, logger);
  const { recorder, recovered, archive } = await recordAndArchive(config, { storage, journal, store }, scope, logger);
  const { speech, routing } = await openPrompts(config, read, queues?.table().bank, onPrepared, scope, logger);
  const [{ dialogue }] = routing.dialplans;

  const understanding = await openUnderstanding(config, routing.dialplans, scope, logger);
  const front = scope.use(await openFrontEnd(config, logger));
  const ladders = keepLadders(config, { front, journal, storage }, scope, logger);
  connectMedia(front, speech, recorder);
  const desks =
    queues === undefined ? undefined : await openDesks(config, { queues, front, journal, storage }, scope, logger);

  const eventLoop = scope.use(watchEventLoop());
  const sources = {
    journal,
    ladders,
    front,
    speech,
    bank,
    recorder,
    archive,
    eventLoop,
    staff,
    queues,
    desks,
    calendars: routing.hours === undefined ? undefined : keepCalendars(routing.hours, systemClock, scope, logger),
    calls: () => calls,
    web: () => web.counts(),
  };
  const parts = sumParts(serverParts(config, sources, scope), logger);
  const checks = scope.use(await watchChecks(() => parts.checks()));
  const most = ms(config.limits.event_loop_lag_ms);
  const mayRefer = mayReferTo(config);
  const services: LineServices = {
    settings: callSettings(config),
    route: routing.route,
    ...(routing.hours === undefined ? {} : { timeZone: routing.hours.timeZone }),
    ...(desks === undefined ? {} : { queues: desks.calls }),
    outboundWays: routing.outboundWays,
    ...(mayRefer === undefined ? {} : { mayRefer }),
    understanding,
    media: front.media,
    signalling: front.signalling,
    speech,
    recorder,
    ...(archive?.completing.announcing ?? announceCalls(journal, logger)),
    bank: bank.services,
    holdMusic: HOLD_MUSIC_CLIP,
    line: () => admit({ missing: missingIn(checks.latest), lag: { now: eventLoop.lag, most } }),
    note: (contact, fact) => void journal.append(contact, withoutNumbers(fact)),
    clock: systemClock,
    logger,
  };
  const calls = openCallRegistry(services);
  callBack(services, routing, calls, scope);
  const tellLine = (): void => front.setAdmission(calls.admission());
  calls.onChange(tellLine);
  checks.onRead(tellLine);

  const watched = {
    parts,
    checks,
    calls,
    journal,
    staff,
    archive: archive?.console,
    browsers: front.browsers,
    ...consoleDesk(desks, routing),
  };
  const { web, token, probes } = await openWeb(config, watched, scope, logger);
  archive?.completing.startTestCalls(testCallPlacer(front.sip, journal, logger));
  // the load of the start does not count as overload
  eventLoop.restart();

  return runningApp(
    {
      dialogue,
      front,
      speech,
      calls,
      journal,
      http: web.address,
      probes,
      token,
      recovered,
      desks: desks?.desks,
      supervision: desks?.supervision,
    },
    scope,
  );
}
