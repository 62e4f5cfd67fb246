import { tone } from '../../audio/tone.ts';
import type { ClipId } from '../speech-service.ts';
import { holdMusicSamples } from './hold-music.ts';

/** Music on hold: play it with `loop`. */
export const HOLD_MUSIC_CLIP = 'hold-music' as ClipId;
/** 1000 Hz for 500 ms: what benchmarks listen for. */
export const MARKER_TONE_CLIP = 'marker-tone' as ClipId;

const MARKER_HERTZ = 1000;
const MARKER_SAMPLES = 4000;

/** Every speech service has these, made when it starts. */
export const wellKnownClips = (): readonly (readonly [ClipId, Int16Array])[] => [
  [HOLD_MUSIC_CLIP, holdMusicSamples()],
  [MARKER_TONE_CLIP, tone([MARKER_HERTZ], MARKER_SAMPLES)],
];
