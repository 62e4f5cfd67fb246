import { createHash } from 'node:crypto';
import { canonical, type Fault, type Row, readRow, text, whole } from './journal-row.ts';

const BEGIN = '0'.repeat(64);

/** Whether the rows are all there, once, in order and as they were written. */
export class ChainCheck {
  readonly faults: Fault[] = [];
  rows = 0;
  /** Unix ms: when the journal was written to its file; undefined: it has no end. */
  writtenAt: number | undefined;
  #line = 0;
  #next = 1;
  #hash = BEGIN;
  #ended = false;
  readonly #missing = new Set<number>();

  /** @returns the row, when nothing is wrong up to it */
  take(line: string): Row | undefined {
    this.#line += 1;
    if (line.trim() === '') return undefined;
    const row = readRow(line);
    if (row === undefined) return this.#fault(this.#next, 'malformed', `line ${this.#line} is no JSON object`);
    if (row['type'] === 'journal-ended') return this.#end(row);
    const seq = whole(row, 'seq');
    if (this.#ended) return this.#fault(seq, 'misplaced', `row ${seq} stands after the end of the journal`);
    if (seq < 1) return this.#fault(this.#next, 'malformed', `line ${this.#line} has no number of its row`);
    if (seq < this.#next) return this.#earlier(seq);
    if (seq > this.#next) this.#gap(seq);
    else if (hashed(this.#hash, row) !== text(row, 'hash'))
      this.#fault(seq, 'changed', `row ${seq} is not the one that was written there: its hash does not follow`);
    this.rows += 1;
    this.#next = seq + 1;
    this.#hash = text(row, 'hash');
    return this.faults.length === 0 ? row : undefined;
  }

  end(): void {
    if (!this.#ended)
      this.#fault(this.#next, 'missing', `the journal has no end: row ${this.#next}, and what follows, is missing`);
  }

  #end(row: Row): undefined {
    if (this.#ended)
      return this.#fault(0, 'doubled', `the end of the journal stands twice, again in line ${this.#line}`);
    this.#ended = true;
    this.writtenAt = whole(row, 'at');
    const [rows, last] = [whole(row, 'rows'), this.#next - 1];
    if (rows > last)
      this.#fault(this.#next, 'missing', `row ${this.#next} is missing: the journal ends with row ${rows}`);
    else if (rows < last)
      this.#fault(last, 'changed', `the end of the journal says that it has ${rows} rows, but it has row ${last}`);
    else if (text(row, 'hash') !== this.#hash)
      this.#fault(last, 'changed', `the end of the journal is another row than row ${last}`);
    return undefined;
  }

  #earlier(seq: number): undefined {
    return this.#missing.has(seq)
      ? this.#fault(seq, 'misplaced', `row ${seq} stands in the wrong place, in line ${this.#line}`)
      : this.#fault(seq, 'doubled', `row ${seq} stands twice, again in line ${this.#line}`);
  }

  #gap(seq: number): void {
    const [from, to] = [this.#next, seq - 1];
    for (let n = from; n <= to && n < from + 10_000; n++) this.#missing.add(n);
    const which = from === to ? `row ${from} is` : `rows ${from} to ${to} are`;
    this.#fault(from, 'missing', `${which} missing before line ${this.#line}`);
  }

  #fault(row: number, kind: Fault['kind'], what: string): undefined {
    this.faults.push({ row, line: this.#line, kind, text: what });
    return undefined;
  }
}

/** SHA-256 of the hash before, a line feed, and the row without its own hash as canonical JSON. */
function hashed(before: string, of: Row): string {
  const row = { ...of };
  delete row['hash'];
  return createHash('sha256')
    .update(`${before}\n${canonical(row)}`)
    .digest('hex');
}
