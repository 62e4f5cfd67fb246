import { openReconciler } from '../archive/completeness/reconcile.ts';
import { syntheticCall } from '../archive/completeness/synthetic-call.ts';
import type { Finding } from '../archive/completeness/tally-legs.ts';
import type { Config } from '../config/schema.ts';
import { asError } from '../domain/error.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import { seconds } from '../domain/units.ts';
import type { Journal } from '../journal/journal.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { runEvery } from '../lib/run-every.ts';
import type { Scope } from '../lib/scope.ts';
import { logCertifier } from '../archive/log/log-certifier.ts';
import { type Announcing, announceToArchive } from './announce-calls.ts';
import { followRecordings } from './follow-recordings.ts';
import { indexHash } from './index-hash.ts';
import type { OpenedArchive } from './open-archive.ts';
import { gaugesOf, type Part } from './part.ts';

export interface Completing {
  readonly announcing: Announcing;
  readonly part: Part;
  /** As often as the configuration says, once there is a line to call. */
  startTestCalls(place: (signal: AbortSignal) => Promise<ContactId>): void;
}

const RECONCILE_EVERY = seconds(300);
/** Soon after the start: nobody should wait an hour to know whether it works. */
const FIRST_TEST_CALL = seconds(30);

/** Counts calls against recordings until the scope closes: the intents of calls, their states, the reconciler and the test call. */
export function keepComplete(
  config: Config,
  archive: OpenedArchive,
  journal: Pick<Journal, 'subscribe' | 'append' | 'appendLate' | 'durable' | 'stored' | 'healthy'>,
  scope: Scope,
  logger: Logger,
  clock: Clock = systemClock,
): Completing {
  const { storage, index, keys } = archive;
  let lateIntents = 0;
  const announcing = announceToArchive(
    config,
    { journal, hash: indexHash(keys, config), node: storage.node },
    () => void (lateIntents += 1),
    logger,
  );
  scope.use(followRecordings(journal, index, clock, logger));

  const last = { missing: 0, unverified: 0 };
  const reconciler = openReconciler({
    storage,
    index,
    signer: logCertifier(archive.signers, archive.log, 'RECONCILE'),
    clock,
    logger,
    onAlarm: (kind, finding) => tell(kind, finding, journal, logger),
  });
  const reconciling = scope.use(
    runEvery(
      {
        name: 'comparing calls and recordings',
        every: RECONCILE_EVERY,
        async run() {
          const { missing, unverified } = await reconciler.run();
          last.missing = missing.length;
          last.unverified = unverified.length;
          await reconciler.dailyReports();
        },
      },
      clock,
      logger,
      scope.signal,
    ),
  );

  const testCalls = testCallJob(config, archive, clock, scope, logger);
  return {
    announcing,
    startTestCalls: testCalls.start,
    part: {
      name: 'completeness',
      checks() {
        const state = reconciling.overdue()
          ? 'calls and recordings are not compared any more; see the log'
          : last.missing > 0
            ? `${last.missing} calls of the last two days have no recording; see the log`
            : 'ok';
        return [{ name: 'completeness', state, stops: 'nothing' }];
      },
      gauges: gaugesOf(
        {
          recordings_missing: 'Calls of the last two days that should have a recording and have none: an alarm',
          recordings_unproven: 'Calls of the last two days whose recording is late, short or not verified: an alarm',
          recording_intents_late:
            'Calls since the start whose record was not in the database 200 ms after the INVITE, where archive.late_intent does not pass over it: an alarm',
          reconciliation_overdue: '1 when calls and recordings have not been compared for 15 minutes: an alarm',
          test_call_failing: '1 when the last test call failed, or none was made for three intervals: an alarm',
        },
        () => ({
          recordings_missing: last.missing,
          recordings_unproven: last.unverified,
          recording_intents_late: lateIntents,
          reconciliation_overdue: reconciling.overdue() ? 1 : 0,
          test_call_failing: testCalls.failing() ? 1 : 0,
        }),
      ),
    },
  };
}

/** Into the log, the live events and the journal of the call; the gauges tell of it by themselves. */
function tell(
  kind: 'missing' | 'unverified',
  { contact, recording, reason, detail }: Finding,
  journal: Pick<Journal, 'appendLate'>,
  logger: Logger,
): void {
  const facts = { contact, recording: recording ?? '', reason, detail };
  if (kind === 'unverified') return logger.error(facts, 'a recording is not proven to be whole');
  logger.error(facts, 'a call has no recording');
  journal
    .appendLate(contact as ContactId, {
      type: 'recording-missing',
      reason,
      ...(recording === null ? {} : { missing: recording as RecordingId }),
    })
    .catch((thrown: unknown) =>
      logger.error({ contact }, 'the journal could not be told that a recording is missing', asError(thrown)),
    );
}

function testCallJob(
  config: Config,
  { storage, index }: OpenedArchive,
  clock: Clock,
  scope: Scope,
  logger: Logger,
): { readonly start: Completing['startTestCalls']; readonly failing: () => boolean } {
  const { test_call_minutes: minutes } = config.archive;
  let failed = false;
  let overdue = (): boolean => false;
  return {
    failing: () => failed || overdue(),
    start(place) {
      if (minutes === 0) return;
      const onAlarm = (reason: string): void =>
        logger.error({ reason }, 'the test call did not become a verified recording');
      const job = scope.use(
        runEvery(
          {
            name: 'the test call',
            every: seconds(minutes * 60),
            first: FIRST_TEST_CALL,
            async run(signal) {
              const made = await syntheticCall({ storage, index, place, clock, onAlarm }, signal);
              if (made !== undefined) failed = !made.ok;
            },
          },
          clock,
          logger,
          scope.signal,
        ),
      );
      overdue = job.overdue;
    },
  };
}
