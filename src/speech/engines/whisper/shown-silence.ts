/*
 * Whisper is trained on windows of 30 s. Shown only the speech, it says a sentence twice; shown silence behind it, it stops. But
 * it pays for every place of a window, and all places of silence look alike but for their position. So the silence is shown
 * close behind the speech, and at every fourth place from there on, which stands for four: the attention that it gets is the
 * same, for a quarter of the price. Without that weight the errors come back (docs/performance.md, Recognition).
 */

/** Places of an encoded window are 20 ms apart. */
export const PLACES_PER_SECOND = 50;
const WINDOW_SECONDS = 30;

export interface ShownSilence {
  /** Seconds behind the speech at all places. */
  readonly close: number;
  /** Seconds of the window, speech included, at least… */
  readonly least: number;
  /** …and behind the speech. */
  readonly behind: number;
  /** Beyond `close` one place in this many is shown. */
  readonly every: number;
}

export interface ShownPlaces {
  /** In units of 20 ms, ascending. */
  readonly positions: Float32Array;
  /** How many places each stands for. */
  readonly counts: Float32Array;
}

/**
 * The places of a window that the encoder is shown.
 *
 * @param seconds - of speech
 */
export function shownPlaces(seconds: number, { close, least, behind, every }: ShownSilence): ShownPlaces {
  const window = Math.min(WINDOW_SECONDS, Math.max(least, seconds + behind)) * PLACES_PER_SECOND;
  const near = Math.min(Math.ceil((seconds + close) * PLACES_PER_SECOND), Math.floor(window));
  const far = Math.max(0, Math.floor((window - near) / every));
  const length = near + far;
  return {
    positions: Float32Array.from({ length }, (_, at) => (at < near ? at : near - 1 + (at - near + 1) * every)),
    counts: Float32Array.from({ length }, (_, at) => (at < near ? 1 : every)),
  };
}
