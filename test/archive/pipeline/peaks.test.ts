import { expect, test } from 'vitest';
import { fewerPeaks, openPeakMeter, type Peaks } from '../../../src/archive/pipeline/peaks.ts';

const RATE = 8_000;

/** Peaks of silence with a click at a sample, as the seal makes them: block by block. */
function peaksWith(clickAt: number, samples: number): Peaks {
  const meter = openPeakMeter(RATE, samples, 2);
  for (let at = 0; at < samples; at += 4_096) {
    const block = new Int16Array(Math.min(4_096, samples - at));
    if (clickAt >= at && clickAt < at + block.length) block[clickAt - at] = 16_000;
    meter.add([block, new Int16Array(block.length)]);
  }
  return meter.finish();
}

/** Where a page draws the middle of the loudest bar, s: the bars share the length of the recording. */
function drawnAt({ channels: [peaks = new Int8Array(0)] }: Peaks, samples: number): number {
  let loudest = 0;
  for (let bar = 0; bar * 2 < peaks.length; bar++)
    if ((peaks[bar * 2 + 1] ?? 0) > (peaks[loudest * 2 + 1] ?? 0)) loudest = bar;
  return (((loudest + 0.5) / (peaks.length / 2)) * samples) / RATE;
}

test('a sound is drawn at most 50 ms from where it is, whatever the length of the recording', () => {
  for (const samples of [RATE, 60 * RATE + 1, 60 * RATE + 199, 60 * RATE + 201, 120 * RATE + 399])
    for (const part of [0, 0.3, 0.5, 0.99, 1]) {
      const clickAt = Math.min(samples - 1, Math.round(samples * part));
      const off = Math.abs(drawnAt(peaksWith(clickAt, samples), samples) - clickAt / RATE);
      expect(off, `${samples} samples, at ${clickAt}`).toBeLessThanOrEqual(0.05);
    }
});

test('a recording of four hours has no more bars than a page can draw, each where it belongs, the loud ones in them', () => {
  const samples = 4 * 3_600 * RATE + 123;
  const clickAt = Math.round(samples * 0.9);
  const all: Peaks = {
    perSecond: 20,
    channels: [0, 1].map((channel) => {
      const bars = new Int8Array(Math.round(samples / 400) * 2);
      if (channel === 0) bars[Math.floor(clickAt / 400) * 2 + 1] = 60;
      return bars;
    }),
  };
  const few = fewerPeaks(all);
  const bars = (few.channels[0]?.length ?? 0) / 2;
  expect(bars).toBeLessThanOrEqual(20_000);
  expect(JSON.stringify(few.channels.map((channel) => [...channel])).length).toBeLessThan(400_000);
  // half a bar, and what the last one is wider
  expect(Math.abs(drawnAt(few, samples) - clickAt / RATE)).toBeLessThanOrEqual(1 / few.perSecond);
  expect(few.channels[0]?.filter((value) => value === 60)).toHaveLength(1);
  const minute = peaksWith(4_000, 60 * RATE);
  expect(fewerPeaks(minute)).toEqual(minute);
});
