/*
 * An object of JSON that is looked up but not parsed: a model's tables have 90,000 words and as many features, of which a clause needs some dozens.
 * To parse them takes ten times as long as to find where each lies, and half of what it makes is memory of the garbage collector.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = { brace: 0x7b, bracket: 0x5b };
const CLOSE = { brace: 0x7d, bracket: 0x5d };
/** Numbers that are kept of a member. */
const MEMBER = 5;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

export class JsonRecord<T> {
  readonly #bytes: Buffer;
  /** Of each member: where its key begins and ends, with the quotes, its value, and the key's hash. */
  readonly #members: number[] = [];
  /** Hash → one more than the member's place; 0 is free. Its size is a power of two, at least twice as many as there are. */
  readonly #table: Int32Array;

  /** @param bytes - UTF-8 of one JSON object. @throws SyntaxError when it is none */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#find();
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2((2 * this.#members.length) / MEMBER + 2)));
    for (let at = 0; at < this.#members.length; at += MEMBER) {
      const hash = this.#members[at + 4] ?? 0;
      this.#table[this.#slotOf(hash, (other) => this.#keyAt(other).equals(this.#keyAt(at)))] = at + 1;
    }
  }

  /** As JSON.parse would have it; undefined: there is no such member. */
  get(key: string): T | undefined {
    const value = this.valueBytes(key);
    return value === undefined ? undefined : (JSON.parse(value.toString('utf8')) as T);
  }

  /** The value as it is written. */
  valueBytes(key: string): Buffer | undefined {
    const wanted = Buffer.from(key, 'utf8');
    const slot = this.#slotOf(hashOf(wanted, 0, wanted.length), (at) => this.#keyAt(at).equals(wanted));
    const place = this.#table[slot] ?? 0;
    return place === 0 ? undefined : this.#bytes.subarray(this.#members[place + 1], this.#members[place + 2]);
  }

  /** Where the key with this hash is, or would be. */
  #slotOf(hash: number, isKey: (at: number) => boolean): number {
    const mask = this.#table.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const place = this.#table[slot] ?? 0;
      if (place === 0 || (this.#members[place + 3] === hash && isKey(place - 1))) return slot;
    }
  }

  #keyAt(at: number): Buffer {
    const [from = 0, to = 0] = [this.#members[at], this.#members[at + 1]];
    const raw = this.#bytes.subarray(from + 1, to - 1);
    return raw.includes(BACKSLASH) ? Buffer.from(String(JSON.parse(`"${raw.toString('utf8')}"`)), 'utf8') : raw;
  }

  #hashAt(from: number, to: number): number {
    for (let i = from + 1; i < to - 1; i++)
      if (this.#bytes[i] === BACKSLASH) {
        const key = Buffer.from(String(JSON.parse(this.#bytes.toString('utf8', from, to))), 'utf8');
        return hashOf(key, 0, key.length);
      }
    return hashOf(this.#bytes, from + 1, to - 1);
  }

  #find(): void {
    const bytes = this.#bytes;
    const skipSpace = (from: number): number => {
      let at = from;
      while (isSpace(bytes[at] ?? 0)) at++;
      return at;
    };
    let at = skipSpace(0);
    if (bytes[at] !== OPEN.brace) throw new SyntaxError('JSON: this is no object');
    at = skipSpace(at + 1);
    while (bytes[at] !== CLOSE.brace) {
      const key = at;
      const keyEnd = endOfValue(bytes, key);
      at = skipSpace(keyEnd);
      if (bytes[key] !== QUOTE || bytes[at] !== COLON) throw new SyntaxError(`JSON: no member at ${key}`);
      const value = skipSpace(at + 1);
      const valueEnd = endOfValue(bytes, value);
      this.#members.push(key, keyEnd, value, valueEnd, this.#hashAt(key, keyEnd));
      at = skipSpace(valueEnd);
      if (bytes[at] === COMMA) at = skipSpace(at + 1);
      else if (bytes[at] !== CLOSE.brace) throw new SyntaxError(`JSON: neither "," nor "}" at ${at}`);
    }
  }
}

/** FNV-1a, 32 bits. */
function hashOf(bytes: Buffer, from: number, to: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash;
}

/** One after the last byte of the value that begins there. */
function endOfValue(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at++;
      while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
      if (depth === 0) return at + 1;
    } else if (byte === OPEN.brace || byte === OPEN.bracket) depth++;
    else if (byte === CLOSE.brace || byte === CLOSE.bracket) {
      if (depth === 0) return at; // of a number, true, false or null: the object's own end
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || byte === COLON || isSpace(byte))) return at;
  }
  throw new SyntaxError('JSON: it ends too early');
}
