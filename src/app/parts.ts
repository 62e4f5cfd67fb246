import type { WebCounts } from '../http/open-http.ts';
import { callRoutes } from '../http/routes/calls.ts';
import { eventRoutes } from '../http/routes/events.ts';
import type { Journal } from '../journal/journal.ts';
import type { EventLoopLag } from '../lib/event-loop-lag.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { SpeechService } from '../speech/speech-service.ts';
import { gaugesOf, type Part } from './part.ts';

/* What operators see of the parts that every server has; those of its front end are beside its adapters. */

export const journalPart = (journal: Journal): Part => ({
  name: 'journal',
  checks: () => [
    {
      name: 'journal',
      state: journal.healthy ? 'ok' : 'the database does not take events; see the log',
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
      recognition_expected_wait_seconds: 'How long the next would wait',
    },
    () => {
      const { queued, expectedWait } = speech.load();
      return { recognition_queue: queued, recognition_expected_wait_seconds: expectedWait / 1000 };
    },
  ),
});

export const recorderPart = (recorder: Recorder): Part => ({
  name: 'recorder',
  gauges: gaugesOf(
    {
      recordings_open: 'Recordings being written',
      recordings_sealing: 'Recordings being sealed',
      recording_unsynced_seconds: 'Age of the oldest audio that is not on disk',
    },
    () => {
      const { open, sealing, unsyncedMs } = recorder.backlog();
      return { recordings_open: open, recordings_sealing: sealing, recording_unsynced_seconds: unsyncedMs / 1000 };
    },
  ),
});

export const callsPart = (live: () => number): Part => ({
  name: 'calls',
  gauges: gaugesOf({ calls: 'Calls under way' }, () => ({ calls: live() })),
});

export const eventLoopPart = (eventLoop: EventLoopLag): Part => ({
  name: 'event loop',
  gauges: gaugesOf({ event_loop_lag_seconds: 'p99 lag of the main thread over the last second' }, () => ({
    event_loop_lag_seconds: eventLoop.lag / 1000,
  })),
});

export const webPart = (counts: () => WebCounts): Part => ({
  name: 'web',
  gauges: gaugesOf(
    {
      http_connections: 'Connections to the web server',
      http_connections_refused:
        'Connections closed because of their address’s share, or idle to make room, since the start',
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
