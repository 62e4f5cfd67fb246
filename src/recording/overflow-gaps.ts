import type { RecordingSample } from '../domain/units.ts';
import { type AudioRecord, samplesOf } from './audio-record.ts';

/** What found no room in memory, as gaps: one a track, growing until it is taken. */
export class OverflowGaps {
  readonly #gaps = new Map<
    string,
    { readonly codec: AudioRecord['codec']; readonly at: RecordingSample; samples: number }
  >();
  /** All that was ever dropped. */
  samples = 0;

  drop({ track, codec, at, payload }: AudioRecord): void {
    const length = samplesOf({ codec, payload });
    this.samples += length;
    const gap = this.#gaps.get(track);
    if (gap === undefined) this.#gaps.set(track, { codec, at, samples: length });
    else gap.samples = at + length - gap.at;
  }

  /** Records without audio that say what is missing. */
  take(): readonly AudioRecord[] {
    const records = [...this.#gaps].map(([track, { codec, at, samples }]) => ({
      track,
      codec,
      at,
      gaps: [{ at, samples, because: 'overflow' as const }],
      payload: new Uint8Array(0),
    }));
    this.#gaps.clear();
    return records;
  }
}
