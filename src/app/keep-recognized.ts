import type { IndexedRecording } from '../archive/index/archive-index.ts';
import { noteProtectionDue } from '../archive/index/note-protection-due.ts';
import { countRecognized, selectUnrecognized } from '../archive/recognition/recognition-rows.ts';
import { type RecognizingParts, recognizeAgain } from '../archive/recognition/recognize-again.ts';
import { readSweep, selectBegun, writeSweep } from '../archive/retention/protection-rows.ts';
import type { RecordingId } from '../domain/ids.ts';
import { ms, seconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { watchCpuHeadroom } from '../lib/cpu-headroom.ts';
import type { Logger } from '../lib/logger.ts';
import { pause } from '../lib/pause.ts';
import { runEvery } from '../lib/run-every.ts';
import type { Scope } from '../lib/scope.ts';
import type { Recognizer } from '../speech/recognizer.ts';
import { VERSION } from '../version.ts';
import type { OpenedArchive } from './open-archive.ts';
import { gaugesOf, type Part } from './part.ts';

const LOOK_EVERY = seconds(5);
/** Many calls, on a machine that is busy all day. */
const LONGEST_LOOK = seconds(86_400);
/** Recordings that one look goes through, to find some that are to be recognized. */
const PAGE = 200;
/** Those that have just come are looked at each time. */
const NEWEST = 20;
/** Below this share of the cores calls need the machine: the next utterance waits. */
const LEAST_HEADROOM = 0.4;
const WAIT = ms(1_000);
/** Without anything to do for so long, the process goes and gives its memory back. */
const IDLE_MS = 60_000;

export interface Recognizing {
  readonly part: Part;
  /** One look; for tests. */
  readonly look: () => Promise<void>;
}

export interface RecognizingOptions {
  /** Opened when there is something to recognize. */
  readonly open: () => Promise<Recognizer>;
  /** As transcripts name it. */
  readonly model: string;
  /** 0…1; undefined: measured. */
  readonly headroom?: () => number;
}

/**
 * Recognizes what is archived anew by a model that is configured for it: the newest first, one utterance at a time in a process of low priority, and none while calls
 * need the machine. Goes on where it was after a restart. Until the scope closes.
 */
export function keepRecognized(
  archive: OpenedArchive,
  { open, model, headroom = measuredHeadroom() }: RecognizingOptions,
  scope: Scope,
  clock: Clock,
  logger: Logger,
): Recognizing {
  const { storage, index } = archive;
  const { knex, node } = storage;
  const sweep = `recognition ${model}`;
  let recognizer: Recognizer | undefined;
  let used = clock.now();
  let waiting = false;

  const turn = async (signal: AbortSignal): Promise<void> => {
    while (headroom() < LEAST_HEADROOM) {
      waiting = true;
      await pause(WAIT, clock, signal);
      signal.throwIfAborted();
    }
    waiting = false;
  };

  async function one(row: IndexedRecording): Promise<void> {
    recognizer ??= await open();
    const parts: RecognizingParts = {
      ...archive,
      knex,
      recognizer,
      model,
      turn,
      wall: () => clock.wall(),
      software: `tellerline ${VERSION}`,
    };
    const { state, error } = await recognizeAgain(row, parts, scope.signal);
    used = clock.now();
    if (state === 'made') await noteProtectionDue(knex, [row.id], clock.wall());
    if (state === 'failed')
      logger.warn({ recording: row.id, code: error ?? '', model }, 'a recording could not be recognized again');
  }

  async function all(rows: readonly IndexedRecording[]): Promise<void> {
    const ids = rows.map(({ id }) => id);
    const wanted = await selectUnrecognized(knex, ids, model);
    for (const { id, location } of rows) {
      if (scope.closed) return;
      if (!wanted.has(id) || location === null) continue;
      // hours may have passed since the list was made
      const row = await index.find(id);
      if (row === undefined || row.restricted || (await selectBegun(knex, [id])).has(id)) continue;
      if (await archive.keys.has(id)) await one(row);
    }
  }

  const list = (limit: number, before?: RecordingId) =>
    index.list({ states: ['VERIFIED', 'ARCHIVED'], limit, ...(before === undefined ? {} : { before }) });

  async function look(): Promise<void> {
    await all(await list(NEWEST));
    const before = await readSweep(knex, sweep, node);
    const page = await list(PAGE, before as RecordingId | undefined);
    await all(page);
    if (scope.closed) return;
    const place = page.length < PAGE ? undefined : page.at(-1)?.id;
    await writeSweep(knex, { name: sweep, node, place, now: clock.wall() });
    if (recognizer !== undefined && clock.now() - used > IDLE_MS) await rest();
  }

  async function rest(): Promise<void> {
    const idle = recognizer;
    recognizer = undefined;
    await idle?.[Symbol.asyncDispose]();
  }

  scope.defer(rest);
  scope.use(
    runEvery(
      { name: 'recognizing archived calls again', every: LOOK_EVERY, longest: LONGEST_LOOK, run: look },
      clock,
      logger,
      scope.signal,
    ),
  );
  return {
    look,
    part: {
      name: 'recognition of the archive',
      gauges: gaugesOf(RECOGNITION_GAUGES, async () => {
        const { made, failed } = await countRecognized(knex, model);
        return {
          archive_transcripts_made: made,
          archive_transcripts_failed: failed,
          archive_transcripts_paused: waiting ? 1 : 0,
        };
      }),
    },
  };
}

function measuredHeadroom(): () => number {
  const watched = watchCpuHeadroom();
  return () => watched.share();
}

const RECOGNITION_GAUGES = {
  archive_transcripts_made: 'Recordings that the model of archive.recognition has recognized again',
  archive_transcripts_failed: 'Recordings that it could not recognize',
  archive_transcripts_paused: '1 while the recognition of archived calls waits because calls need the machine',
} as const;
