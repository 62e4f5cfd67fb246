import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resampleTo8k } from '../../src/audio/resample.ts';
import { parseWav } from '../../src/audio/wav.ts';
import { type BaresipControl, controlBaresip } from './baresip-control.ts';
import { type BaresipOptions, saidFile, speech, startBaresip } from './baresip-process.ts';

/* A baresip of the test's own: a telephone that is told what to do over its control connection. */

export interface Baresip extends BaresipControl, AsyncDisposable {
  readonly port: number;
  /** Where it listens on TLS, if it does. */
  readonly tlsPort: number;
  /** Speaks (and is silent afterwards); to be heard from the next packet on. At its codec's rate: 8, 16 or 48 kHz. */
  say(samples: Int16Array): Promise<void>;
  /** What it heard in the calls that have ended, at 8 kHz. */
  heard(): Promise<Int16Array>;
}

export async function openBaresip(options: BaresipOptions = {}): Promise<Baresip> {
  const baresip = await startBaresip(options);
  const { folder, rate, channels, port } = baresip;
  const control = controlBaresip(baresip);
  let files = 0;
  return {
    ...control,
    port,
    tlsPort: port + 1,
    async say(samples) {
      const file = saidFile(folder, ++files);
      await writeFile(file, speech(rate, samples, channels));
      await control.command('ausrc', `aufile,${file}`);
    },
    async heard() {
      const dumps = (await readdir(folder)).filter((name) => name.endsWith('dec.wav')).toSorted();
      const parts = await Promise.all(
        dumps.map(async (name) => {
          const { samples, rate: own } = parseWav(await readFile(join(folder, name)));
          return resampleTo8k(samples[0] ?? new Int16Array(0), own);
        }),
      );
      return Int16Array.from(parts.flatMap((part) => [...part]));
    },
    [Symbol.asyncDispose]: () => baresip[Symbol.asyncDispose](),
  };
}
