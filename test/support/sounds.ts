import { tone } from '../../src/audio/tone.ts';
import type { RtpPeer } from '../media/rtp-peer.ts';

/** No test lasts longer. */
const LONGEST_S = 150;
const tones = new Map<number, Int16Array>();

function longTone(hz: number): Int16Array {
  const found = tones.get(hz) ?? tone([hz], LONGEST_S * 8_000);
  tones.set(hz, found);
  return found;
}

/** Sends a tone in real time until it is stopped: no clock that drifts makes holes in it. */
export function sounds(rtp: RtpPeer, hz: number): () => Promise<void> {
  const samples = longTone(hz);
  let stopped = false;
  rtp.quiet();
  const ended = rtp
    .speak(samples, {
      shape() {
        if (stopped) throw new Error('stopped');
        return undefined;
      },
    })
    .catch(() => undefined);
  return () => {
    stopped = true;
    return ended;
  };
}
