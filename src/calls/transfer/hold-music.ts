import { type ContactId, turnId } from '../../domain/ids.ts';
import type { PlaybackId } from '../../media/media-server.ts';
import type { ClipId } from '../../speech/speech-service.ts';
import type { AnchoredLeg } from '../leg/anchored-leg.ts';

/** Music until it is stopped by what this returns, also on other media when the leg's is lost. */
export function playHoldMusic(leg: AnchoredLeg, contact: ContactId, music: ClipId): () => void {
  let playback: PlaybackId | undefined;
  const play = (): void => {
    playback = leg.play({ turn: turnId(contact, 0), clips: [music], bargeIn: 'none', loop: true });
  };
  const forget = leg.onMove((move) => {
    if (move.type === 'moved') play();
  });
  play();
  return () => {
    forget();
    if (playback !== undefined) leg.stop(playback);
    playback = undefined;
  };
}
