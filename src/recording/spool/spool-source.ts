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
  /** By segment: first byte and byte after the last, by turns. */
  readonly #runs = new Map<string, number[]>();

  constructor(recording: string, opened: Buffer | undefined) {
    this.recording = recording;
    this.id = parseUuid(recording);
    this.opened = opened;
  }

  get places(): SpoolPlaces {
    const runs: number[] = [];
    for (const [index, own] of [...this.#runs.values()].entries())
      for (let at = 0; at < own.length; at += 2) runs.push(index, own[at] ?? 0, own[at + 1] ?? 0);
    return { segments: [...this.#runs.keys()], runs };
  }

  /** First byte and byte after the last, by turns. */
  runsIn(segment: string): readonly number[] {
    return this.#runs.get(segment) ?? [];
  }

  bytesIn(segment: string): number {
    return this.runsIn(segment).reduce((sum, at, n) => (n % 2 === 0 ? sum - at : sum + at), 0);
  }

  /** A run of its records is durable. */
  wentTo(segment: string, from: number, to: number): void {
    const own = this.#runs.get(segment) ?? [];
    this.#runs.set(segment, own);
    if (own.at(-1) === from) own[own.length - 1] = to;
    else own.push(from, to);
  }

  /** What it had there lies elsewhere, or is not to be relied on. */
  left(segment: string): void {
    this.#runs.delete(segment);
  }
}
