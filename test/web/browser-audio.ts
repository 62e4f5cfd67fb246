import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { tone } from '../../src/audio/tone.ts';
import { formatWav } from '../../src/audio/wav.ts';

/* What a browser says and hears, by tones. */

export const MICROPHONE_HZ = 1_000;
const RATE = 48_000;
const SECONDS = 4;

/** The sound of a microphone: a whole number of periods, so that it goes on without a click. */
export const writeMicrophone = (file: string): Promise<void> =>
  writeFile(file, formatWav(RATE, [tone([MICROPHONE_HZ], RATE * SECONDS, { rate: RATE, amplitude: 9_000 })]));

/** To be called before the page loads: keeps its connections, so that what they bring can be listened to. */
export async function keepConnections(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const keep = window as unknown as { connections: RTCPeerConnection[] };
    keep.connections = [];
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        keep.connections.push(this);
      }
    };
  });
}

export interface HeardInBrowser {
  /** Of full scale. */
  readonly peak: number;
  /** The strongest frequency, Hz. */
  readonly hz: number;
}

/** Listens to what the page's newest connection brings, until it `fits` or the time is over. */
export async function heardInBrowser(
  page: Page,
  fits: (heard: HeardInBrowser) => boolean,
  deadlineMs = 20_000,
): Promise<HeardInBrowser> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const heard = await listen(page);
    if (fits(heard) || performance.now() > deadline) return heard;
    await page.waitForTimeout(100);
  }
}

const listen = (page: Page): Promise<HeardInBrowser> =>
  page.evaluate(() => {
    const keep = window as unknown as {
      connections: RTCPeerConnection[];
      listening?: { readonly connection: RTCPeerConnection; readonly analyser: AnalyserNode };
    };
    const connection = keep.connections.at(-1);
    const track = connection?.getReceivers()[0]?.track;
    if (connection === undefined || track === undefined) return { peak: 0, hz: 0 };
    if (keep.listening?.connection !== connection) {
      const context = new AudioContext();
      const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      keep.listening = { connection, analyser };
    }
    const { analyser } = keep.listening;
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const strongest = bins.reduce((best, level, n) => (level > (bins[best] ?? -Infinity) ? n : best), 0);
    return {
      peak: samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0),
      hz: (strongest * analyser.context.sampleRate) / analyser.fftSize,
    };
  });
