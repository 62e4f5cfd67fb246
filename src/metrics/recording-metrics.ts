import type { Counting, Instruments } from './instruments.ts';

type Counted =
  | 'recording-started'
  | 'recording-sealed'
  | 'recording-verified'
  | 'recording-failed'
  | 'recording-missing'
  | 'recording-paused'
  | 'recording-resumed'
  | 'notice-given';

/** Recordings and the notices that announce them. */
export function recordingMetrics({ counter }: Instruments): Counting<Counted> {
  const recordings = counter('recordings_total', 'Recordings, by outcome', ['outcome']);
  const gaps = counter(
    'recording_gaps_total',
    'Stretches of recordings without audio: lost, on hold, masked, or before the first packet',
  );
  const notices = counter('notices_total', 'Recording notices, by whether the caller heard them to the end', [
    'heard_whole',
  ]);

  const pauses = counter('recording_pauses_total', 'Pauses of recordings by agents, by how they ended', ['because']);

  return {
    'recording-started': () => recordings.inc({ outcome: 'started' }),
    'recording-sealed'(event) {
      gaps.inc(event.gaps);
      recordings.inc({ outcome: event.recovered ? 'recovered' : 'sealed' });
    },
    'recording-verified': ({ ok }) => recordings.inc({ outcome: ok ? 'verified' : 'damaged' }),
    'recording-failed': () => recordings.inc({ outcome: 'failed' }),
    'recording-missing': () => recordings.inc({ outcome: 'missing' }),
    'recording-paused': () => undefined,
    'recording-resumed': ({ because }) => pauses.inc({ because }),
    'notice-given': ({ heard_whole }) => notices.inc({ heard_whole: String(heard_whole) }),
  };
}
