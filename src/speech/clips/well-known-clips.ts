import type { ClipId } from '../speech-service.ts';
import { holdMusicSamples } from './hold-music.ts';

/** Music on hold: play it with `loop`. */
export const HOLD_MUSIC_CLIP = 'hold-music' as ClipId;

/** Every speech service has these; each is made when somebody first wants to hear it. */
export const wellKnownClips = (): readonly (readonly [ClipId, () => Int16Array])[] => [
  [HOLD_MUSIC_CLIP, once(holdMusicSamples)],
];

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
