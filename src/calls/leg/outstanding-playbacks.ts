import type { TurnId } from '../../domain/ids.ts';
import { samples, type SharedMs, TELEPHONE_RATE } from '../../domain/units.ts';
import type { EndpointEvent, PlaybackId } from '../../media/media-server.ts';

const SAMPLES_PER_MS = TELEPHONE_RATE / 1000;

export interface OutstandingPlaybacks {
  queued(playback: PlaybackId, turn: TurnId): void;
  follow(event: EndpointEvent): void;
  /** Their endpoint is gone. How much of each was heard is known by the time of the loss alone. @param now - shared clock */
  lose(now: SharedMs): readonly EndpointEvent[];
}

/** What an endpoint was told to play and has not finished: whoever waits for its end must be told when the endpoint is lost. */
export function outstandingPlaybacks(): OutstandingPlaybacks {
  const outstanding = new Map<PlaybackId, { readonly turn: TurnId; startedAt: SharedMs | undefined }>();
  return {
    queued: (playback, turn) => void outstanding.set(playback, { turn, startedAt: undefined }),
    follow(event) {
      if (event.type === 'playback-finished') outstanding.delete(event.playback);
      else if (event.type === 'playback-started') {
        const one = outstanding.get(event.playback);
        if (one !== undefined) one.startedAt = event.at;
      }
    },
    lose(now) {
      const lost = [...outstanding].map(([playback, { turn, startedAt = now }]) => {
        const played = samples(Math.max(0, Math.round((now - startedAt) * SAMPLES_PER_MS)));
        return { type: 'playback-finished', playback, turn, played, error: played, because: 'failed' } as const;
      });
      outstanding.clear();
      return lost;
    },
  };
}
