import type { CallRegistry } from '../calls/call-registry.ts';
import type { Config } from '../config/schema.ts';
import type { WebCounts } from '../http/open-http.ts';
import type { Journal } from '../journal/journal.ts';
import type { EventLoopLag } from '../lib/event-loop-lag.ts';
import { watchFileDescriptors } from '../lib/file-descriptors.ts';
import type { Scope } from '../lib/scope.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { SpeechService } from '../speech/speech-service.ts';
import type { Staff } from '../staff/open-staff.ts';
import type { RunningBank } from './open-bank.ts';
import type { RunningDesks } from './open-desks.ts';
import type { FrontEnd } from './open-front-end.ts';
import type { RunningQueues } from './open-queues.ts';
import type { Part } from './part.ts';
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
import type { RunningArchive } from './run-archive.ts';

export interface ServerSources {
  readonly journal: Journal;
  readonly ladders: Part;
  readonly front: FrontEnd;
  readonly speech: SpeechService;
  readonly bank: RunningBank;
  readonly recorder: Recorder;
  readonly archive: RunningArchive | undefined;
  readonly eventLoop: EventLoopLag;
  readonly staff: Staff;
  /** Undefined: the configuration has none. */
  readonly queues: RunningQueues | undefined;
  readonly desks: RunningDesks | undefined;
  /** Those of the routing file; undefined: there is none. */
  readonly calendars: Part | undefined;
  /** Opened later than the parts are summed. */
  readonly calls: () => CallRegistry;
  readonly web: () => WebCounts;
}

/** All that operators see, in the order in which it is shown. */
export const serverParts = (config: Config, sources: ServerSources, scope: Scope): readonly Part[] => [
  journalPart(sources.journal),
  sources.ladders,
  ...sources.front.parts,
  speechPart(sources.speech),
  sources.bank.part,
  recorderPart(sources.recorder, config.recordings.on_failure === 'refuse' ? 'line' : 'nothing'),
  ...(sources.archive?.parts ?? []),
  ...(sources.queues === undefined ? [] : [sources.queues.part]),
  ...(sources.desks === undefined ? [] : [sources.desks.part]),
  ...(sources.calendars === undefined ? [] : [sources.calendars]),
  descriptorsPart(scope.use(watchFileDescriptors())),
  callsPart(sources.calls),
  eventLoopPart(sources.eventLoop),
  staffPart(sources.staff.emergencies),
  webPart(sources.web),
];
