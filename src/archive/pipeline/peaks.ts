/** The waveform of a recording, made once at its seal: the lowest and the highest sample of each twentieth of a second, by channel. */
export interface Peaks {
  readonly perSecond: number;
  /** -128…127, lowest and highest by turns. */
  readonly channels: readonly Int8Array[];
}

/** Half of it is how far from a sound its bar may be drawn. */
export const PEAKS_PER_SECOND = 20;

export interface PeakMeter {
  add(channels: readonly Int16Array[]): void;
  finish(): Peaks;
}

/** The last bar is wider or narrower than the others by half at most: whoever draws them over the recording's length is nowhere off by more than that. */
export function openPeakMeter(rate: number, samples: number, channels: number): PeakMeter {
  const every = rate / PEAKS_PER_SECOND;
  const bars = Math.max(1, Math.round(samples / every));
  const peaks = Array.from({ length: channels }, () => new Int8Array(bars * 2));
  let at = 0;
  return {
    add(block) {
      for (const [channel, track] of block.entries()) {
        const into = peaks[channel];
        if (into === undefined) continue;
        for (let i = 0; i < track.length; i++) {
          const place = Math.min(Math.floor((at + i) / every), bars - 1) * 2;
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

/** So many bars are more than any screen is wide. */
const MOST_BARS = 20_000;

/** For a page: those of a long recording taken together, so that hours open as fast as minutes. */
export function fewerPeaks({ perSecond, channels }: Peaks): Peaks {
  const bars = (channels[0]?.length ?? 0) / 2;
  const many = Math.ceil(bars / MOST_BARS);
  if (many <= 1) return { perSecond, channels };
  const left = Math.round(bars / many);
  return {
    perSecond: perSecond / many,
    channels: channels.map((all) => {
      const taken = new Int8Array(left * 2);
      for (let bar = 0; bar < bars; bar++) {
        const place = Math.min(Math.floor(bar / many), left - 1) * 2;
        taken[place] = Math.min(taken[place] ?? 0, all[bar * 2] ?? 0);
        taken[place + 1] = Math.max(taken[place + 1] ?? 0, all[bar * 2 + 1] ?? 0);
      }
      return taken;
    }),
  };
}
