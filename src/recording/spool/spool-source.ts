import { parseUuid } from './spool-record.ts';

/** Where the records of a recording lie. */
export interface SpoolPlaces {
  /** Names of the segments' files. */
  readonly segments: readonly string[];
  /** Runs of its records, in threes: index in `segments`, first byte, byte after the last. */
  readonly runs: readonly number[];
}

/** A recording as the spool sees it: whose records those are, and where they went. */
export class SpoolSource {
  readonly recording: string;
  /** 16 bytes. */
  readonly id: Buffer;
  /** Content of its `opened` record, which stands in every segment that has anything of it; undefined: it has none. */
  readonly opened: Buffer | undefined;
  /** Of what is not known to be durable. */
  queuedBytes = 0;
  readonly #segments: string[] = [];
  readonly #runs: number[] = [];

  constructor(recording: string, opened: Buffer | undefined) {
    this.recording = recording;
    this.id = parseUuid(recording);
    this.opened = opened;
  }

  get places(): SpoolPlaces {
    return { segments: this.#segments, runs: this.#runs };
  }

  /** A run of its records is durable. */
  wentTo(segment: string, from: number, to: number): void {
    let index = this.#segments.lastIndexOf(segment);
    if (index < 0) index = this.#segments.push(segment) - 1;
    const last = this.#runs.length;
    if (this.#runs[last - 3] === index && this.#runs[last - 1] === from) this.#runs[last - 1] = to;
    else this.#runs.push(index, from, to);
  }
}
