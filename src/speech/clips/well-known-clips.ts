import type { ClipId } from '../speech-service.ts';
import { holdMusicSamples } from './hold-music.ts';

/** Music on hold: play it with `loop`. */
export const HOLD_MUSIC_CLIP = 'hold-music' as ClipId;

/** Every speech service has these, made when it starts. */
export const wellKnownClips = (): readonly (readonly [ClipId, Int16Array])[] => [[HOLD_MUSIC_CLIP, holdMusicSamples()]];
