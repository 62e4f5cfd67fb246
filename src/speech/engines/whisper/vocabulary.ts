import { IvrError } from '../../../domain/error.ts';

interface TokenTable {
  /** Token → bytes in hex; null for control tokens. */
  readonly tokens: readonly (string | null)[];
  readonly special: Readonly<Record<string, number>>;
  readonly suppress: readonly number[];
  readonly suppressFirst: readonly number[];
  readonly traditional: string;
  readonly simplified: string;
}

/** The pieces that byte-pair encoding never joins (GPT-2). */
const PIECES = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
/** Pieces whose tokens are remembered: those of grammars come again and again. */
const MOST_PIECES = 10_000;
const LOOSE = /^ ?\d+$|[\u0080-\u00ff]/;

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Bytes of tokens that are split up when an automaton is walked, as a tree: a way for each byte. */
export interface LooseTokens {
  token: number | undefined;
  readonly next: Map<number, LooseTokens>;
}

/**
 * Whisper's tokens: byte-pair encoding over UTF-8, a space belonging to the word behind it. The table is cut to Mandarin and
 * English.
 */
export class Vocabulary {
  readonly size: number;
  readonly end: number;
  /** By token, 1: not to be written (control tokens, brackets, symbols). */
  readonly suppressed: Uint8Array;
  /** The same for the first token: nothing at all and a lone space besides. */
  readonly suppressedFirst: Uint8Array;
  /** Tokens that are part of a numeral or of a Chinese word. */
  readonly loose: LooseTokens = { token: undefined, next: new Map() };
  readonly #special: Readonly<Record<string, number>>;
  /** In latin1: one character a byte. */
  readonly #bytes: readonly string[];
  readonly #rank: ReadonlyMap<string, number>;
  readonly #simplified: ReadonlyMap<string, string>;
  readonly #isLoose: readonly boolean[];
  readonly #folded: (string | undefined)[] = [];
  readonly #pieces = new Map<string, readonly number[]>();

  /** @throws IvrError MODEL_ALTERED when it is not such a table */
  constructor(json: string) {
    const table = parseTable(json);
    this.#special = table.special;
    this.#bytes = table.tokens.map((hex) => (hex === null ? '' : Buffer.from(hex, 'hex').toString('latin1')));
    this.size = this.#bytes.length;
    this.end = this.special('eot');
    this.suppressed = new Uint8Array(this.size);
    for (const token of [...table.suppress, ...Object.values(table.special)])
      if (token !== this.end) this.suppressed[token] = 1;
    this.suppressedFirst = this.suppressed.slice();
    for (const token of table.suppressFirst) this.suppressedFirst[token] = 1;
    this.#rank = new Map(this.#bytes.flatMap((bytes, token) => (bytes === '' ? [] : [[bytes, token] as const])));
    const simplified = Array.from(table.simplified);
    this.#simplified = new Map(
      Array.from(table.traditional, (character, at) => [character, simplified[at] ?? character] as const),
    );
    this.#isLoose = this.#bytes.map((bytes) => LOOSE.test(bytes));
    for (const [token, bytes] of this.#bytes.entries()) if (this.#isLoose[token] === true) this.#plant(token, bytes);
  }

  special(name: 'eot' | 'sot' | 'en' | 'zh' | 'transcribe' | 'startofprev' | 'notimestamps'): number {
    const token = this.#special[name];
    if (token === undefined) throw new IvrError('MODEL_ALTERED', `the token table has no ${name}`, { token: name });
    return token;
  }

  /** The canonical tokens of a text: of neighbours, those are joined first whose union was learnt first. */
  encode(text: string): number[] {
    const tokens: number[] = [];
    for (const [piece] of text.matchAll(PIECES)) tokens.push(...this.#encodePiece(piece));
    return tokens;
  }

  #encodePiece(piece: string): readonly number[] {
    const known = this.#pieces.get(piece);
    if (known !== undefined) return known;
    const parts = Array.from(latin1(piece));
    for (let at = this.#firstJoint(parts); at >= 0; at = this.#firstJoint(parts))
      parts.splice(at, 2, (parts[at] ?? '') + (parts[at + 1] ?? ''));
    const tokens = parts.map((part) => {
      const token = this.#rank.get(part);
      if (token === undefined) throw new TypeError('a byte without a token');
      return token;
    });
    if (this.#pieces.size >= MOST_PIECES) this.#pieces.clear();
    this.#pieces.set(piece, tokens);
    return tokens;
  }

  /** The text that tokens write, in simplified characters. Control tokens write nothing. */
  decode(tokens: readonly number[]): string {
    const text = Buffer.from(tokens.map((token) => this.bytesOf(token)).join(''), 'latin1').toString('utf8');
    return Array.from(text, (character) => this.#simplified.get(character) ?? character).join('');
  }

  /** In latin1. */
  bytesOf(token: number): string {
    return this.#bytes[token] ?? '';
  }

  /** Its bytes without capitals, spaces and stops: what reads alike. */
  foldedOf(token: number): string {
    return (this.#folded[token] ??= this.bytesOf(token)
      .toLowerCase()
      .replaceAll(/[ .,!?-]/g, ''));
  }

  /** Whether automata take it byte by byte. */
  isLoose(token: number): boolean {
    return this.#isLoose[token] === true;
  }

  #firstJoint(parts: readonly string[]): number {
    let best = -1;
    let lowest = Infinity;
    for (let at = 0; at + 1 < parts.length; at++) {
      const rank = this.#rank.get((parts[at] ?? '') + (parts[at + 1] ?? ''));
      if (rank !== undefined && rank < lowest) {
        lowest = rank;
        best = at;
      }
    }
    return best;
  }

  #plant(token: number, bytes: string): void {
    let at = this.loose;
    for (const character of bytes) {
      const byte = character.charCodeAt(0);
      let next = at.next.get(byte);
      if (next === undefined) at.next.set(byte, (next = { token: undefined, next: new Map() }));
      at = next;
    }
    at.token = token;
  }
}

function parseTable(json: string): TokenTable {
  const table: unknown = JSON.parse(json);
  const known =
    typeof table === 'object' &&
    table !== null &&
    ['tokens', 'special', 'suppress', 'suppressFirst', 'traditional', 'simplified'].every((key) => key in table);
  if (!known) throw new IvrError('MODEL_ALTERED', 'the token table has an unexpected form');
  return table as TokenTable; // its bytes are of a known SHA-256
}
