import type { CallRegistry } from '../calls/call-registry.ts';
import type { WebCounts } from '../http/open-http.ts';
import { callRoutes } from '../http/routes/calls.ts';
import { eventRoutes } from '../http/routes/events.ts';
import { recordingPauseRoutes } from '../http/routes/recording-pause.ts';
import type { Journal } from '../journal/journal.ts';
import type { EventLoopLag } from '../lib/event-loop-lag.ts';
import type { FileDescriptors } from '../lib/file-descriptors.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { SpeechService } from '../speech/speech-service.ts';
import type { Emergencies } from '../staff/emergencies.ts';
import { gaugesOf, type Part } from './part.ts';

/* What operators see of the parts that every server has; those of its front end are beside its adapters. */

export const journalPart = (journal: Journal): Part => ({
  name: 'journal',
  checks: () => [
    {
      name: 'journal',
      state: journal.healthy ? 'ok' : 'the database does not accept events; see the log',
      stops: 'process',
    },
  ],
  routes: [callRoutes(journal.calls), eventRoutes((listener) => journal.subscribe(listener))],
});

export const speechPart = (speech: SpeechService): Part => ({
  name: 'speech',
  gauges: gaugesOf(
    {
      recognition_queue: 'Utterances waiting for a recognizer',
      recognition_expected_wait_seconds: 'Expected wait of the next utterance',
    },
    () => {
      const { queued, expectedWait } = speech.load();
      return { recognition_queue: queued, recognition_expected_wait_seconds: expectedWait / 1000 };
    },
  ),
});

/** @param stops - whether calls need to be recorded */
export const recorderPart = (recorder: Recorder, stops: 'line' | 'nothing'): Part => ({
  name: 'recorder',
  checks() {
    const trouble = recorder.diskTrouble();
    const { unsealed } = recorder.backlog();
    return [
      { name: 'recordings', state: trouble === undefined ? 'ok' : diskState(trouble), stops },
      {
        name: 'seals',
        state: unsealed === 0 ? 'ok' : `${unsealed} recordings could not be sealed and are tried again; see the log`,
        stops: 'nothing',
      },
    ];
  },
  gauges: gaugesOf(
    {
      recordings_open: 'Recordings being written',
      recordings_sealing: 'Recordings being sealed',
      recordings_unsealed: 'Recordings that could not be sealed and are tried again: an alarm',
      recording_unsynced_seconds: 'Age of the oldest audio that is not yet on disk',
    },
    () => {
      const { open, sealing, unsealed, oldestUnsyncedMs } = recorder.backlog();
      return {
        recordings_open: open,
        recordings_sealing: sealing,
        recordings_unsealed: unsealed,
        recording_unsynced_seconds: oldestUnsyncedMs / 1000,
      };
    },
  ),
});

function diskState(code: string): string {
  if (code === 'ENOSPC' || code === 'EDQUOT') return `the disk of the recordings is full (${code})`;
  if (code === 'ETIMEDOUT') return 'the disk of the recordings does not answer';
  if (code === 'EMFILE' || code === 'ENFILE') return `no file descriptor is free (${code})`;
  return `the disk of the recordings cannot be written (${code})`;
}

/** A call may take a dozen: sockets, the spool, the files of its seal. Below this there is no room for one more. */
const FEWEST_DESCRIPTORS = 48;

export const descriptorsPart = (descriptors: FileDescriptors): Part => ({
  name: 'file descriptors',
  checks() {
    const { free, limit } = descriptors;
    const state = free >= FEWEST_DESCRIPTORS ? 'ok' : `${free} of ${limit} are free: raise ulimit -n (LimitNOFILE)`;
    return [{ name: 'file descriptors', state, stops: 'line' }];
  },
  gauges: gaugesOf({ file_descriptors_free: 'Files and sockets that may still be opened' }, () => ({
    file_descriptors_free: descriptors.free,
  })),
});

/** @param calls - opened after the parts are summed */
export const callsPart = (calls: () => CallRegistry): Part => ({
  name: 'calls',
  gauges: gaugesOf({ calls: 'Calls under way' }, () => ({ calls: calls().live })),
  routes: [
    recordingPauseRoutes({
      pauseRecording: (contact, by) => calls().pauseRecording(contact, by),
      resumeRecording: (contact, by) => calls().resumeRecording(contact, by),
    }),
  ],
});

export const eventLoopPart = (eventLoop: EventLoopLag): Part => ({
  name: 'event loop',
  gauges: gaugesOf({ event_loop_lag_seconds: 'p99 lag of the main thread over the last second' }, () => ({
    event_loop_lag_seconds: eventLoop.lag / 1000,
  })),
});

export const staffPart = (emergencies: Pick<Emergencies, 'open'>): Part => ({
  name: 'staff',
  gauges: gaugesOf(
    { break_glass_unreviewed: 'Break-glass accesses to recordings not yet reviewed: an alarm' },
    async () => ({ break_glass_unreviewed: await emergencies.open() }),
  ),
});

export const webPart = (counts: () => WebCounts): Part => ({
  name: 'web',
  gauges: gaugesOf(
    {
      http_connections: 'Connections to the web server',
      http_connections_refused:
        'Connections closed since the start, because their address had its share or to make room while idle',
      http_requests_limited: 'Requests answered 429 since the start',
      http_requests_unauthorized: 'Requests without the token, or with a wrong one, since the start',
    },
    () => {
      const now = counts();
      return {
        http_connections: now.connections,
        http_connections_refused: now.connectionsRefused,
        http_requests_limited: now.requestsLimited,
        http_requests_unauthorized: now.requestsUnauthorized,
      };
    },
  ),
});
