type Random = () => number;

/** What parsers stumble over: ends of lines and of texts, separators, large numbers, other scripts. */
const WORDS = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\0',
  ' ',
  ',',
  ';',
  '"',
  '<',
  '>',
  ':',
  '=',
  '%00',
  '0',
  '-1',
  '65536',
  '4294967296',
  '99999999999999999999',
  'SIP/2.0',
  'a=crypto:1 ',
  'm=audio 0 ',
  'Content-Length: ',
  '\u00e9',
  '银行',
].map((word) => Buffer.from(word));
const BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
const LARGEST = 20_000;

const below = (random: Random, n: number): number => Math.floor(random() * n);
const pick = <T>(random: Random, of: readonly T[]): T => {
  const picked = of[below(random, of.length)];
  if (picked === undefined) throw new Error('there is nothing to pick from');
  return picked;
};

/** One to eight changes: bytes, words, stretches cut, doubled, moved, or taken from another of the corpus. */
export function mutated(random: Random, corpus: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(pick(random, corpus));
  for (let changes = 1 + below(random, 8); changes > 0; changes--) bytes = change(random, bytes, corpus);
  return bytes.subarray(0, LARGEST);
}

function change(random: Random, bytes: Buffer, corpus: readonly Buffer[]): Buffer {
  const at = below(random, bytes.length + 1);
  const to = Math.min(bytes.length, at + below(random, 40));
  const splice = (middle: Uint8Array, from = at, until = at): Buffer =>
    Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(until)]);
  switch (below(random, 8)) {
    case 0:
      return splice(Buffer.from([below(random, 256)]), at, at + 1);
    case 1:
      return splice(Buffer.from([pick(random, BYTES)]), at, at + 1);
    case 2:
      return splice(pick(random, WORDS));
    case 3:
      return splice(pick(random, WORDS), at, to);
    case 4:
      return splice(Buffer.alloc(0), at, to);
    case 5: {
      const stretch = bytes.subarray(at, to);
      return splice(Buffer.concat(Array.from({ length: 1 + below(random, 30) }, () => stretch)));
    }
    case 6:
      return bytes.subarray(0, at);
    default: {
      const other = pick(random, corpus);
      const from = below(random, other.length);
      return splice(other.subarray(from, from + below(random, 200)), at, to);
    }
  }
}
