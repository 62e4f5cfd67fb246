/** The waveform of a recording, made once at its seal: the lowest and the highest sample of each tenth of a second, by channel. */
export interface Peaks {
  readonly perSecond: number;
  /** -128…127, lowest and highest by turns. */
  readonly channels: readonly Int8Array[];
}

export const PEAKS_PER_SECOND = 10;

export interface PeakMeter {
  add(channels: readonly Int16Array[]): void;
  finish(): Peaks;
}

export function openPeakMeter(rate: number, samples: number, channels: number): PeakMeter {
  const every = rate / PEAKS_PER_SECOND;
  const peaks = Array.from({ length: channels }, () => new Int8Array(Math.ceil(samples / every) * 2));
  let at = 0;
  return {
    add(block) {
      for (const [channel, track] of block.entries()) {
        const into = peaks[channel];
        if (into === undefined) continue;
        for (let i = 0; i < track.length; i++) {
          const place = Math.floor((at + i) / every) * 2;
          const sample = (track[i] ?? 0) >> 8;
          if (sample < (into[place] ?? 0)) into[place] = sample;
          if (sample > (into[place + 1] ?? 0)) into[place + 1] = sample;
        }
      }
      at += block[0]?.length ?? 0;
    },
    finish: () => ({ perSecond: PEAKS_PER_SECOND, channels: peaks }),
  };
}
