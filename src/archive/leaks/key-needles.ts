/** A key that must lie nowhere but in its own file. It is named in findings, never shown. */
export interface KeyNeedle {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Of keys that were found: where each began the first time. */
export interface FoundKey {
  readonly key: string;
  readonly at: number;
}

/** Looks for keys in bytes that come piece by piece. */
export interface KeySearch {
  add(piece: Uint8Array): void;
  finish(): readonly FoundKey[];
}

/** @param forms - `raw`: as they are, for what is no text; `all`: in hexadecimal and in base64, too */
export function openKeySearch(needles: readonly KeyNeedle[], forms: 'raw' | 'all'): KeySearch {
  const looked = needles.flatMap((needle) =>
    (forms === 'raw' ? [Buffer.from(needle.bytes)] : formsOf(needle)).map((form) => ({ key: needle.name, form })),
  );
  const overlap = Math.max(0, ...looked.map(({ form }) => form.length - 1));
  const found = new Map<string, number>();
  let tail: Buffer = Buffer.alloc(0);
  let before = 0;
  return {
    add(piece) {
      const bytes = Buffer.concat([tail, piece]);
      for (const { key, form } of looked) {
        const at = bytes.indexOf(form);
        if (at >= 0 && !found.has(key)) found.set(key, before - tail.length + at);
      }
      before += piece.length;
      tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - overlap)));
    },
    finish: () => [...found].map(([key, at]) => ({ key, at })),
  };
}

/** Raw, in hexadecimal, and in base64 however it is aligned there. */
function formsOf({ bytes }: KeyNeedle): readonly Buffer[] {
  const raw = Buffer.from(bytes);
  const forms = [raw, Buffer.from(raw.toString('hex')), Buffer.from(raw.toString('hex').toUpperCase())];
  for (let shift = 0; shift < 3; shift++) {
    // only the characters that depend on nothing but the key
    const text = Buffer.concat([Buffer.alloc(shift), raw]).toString('base64');
    const inner = text.slice(shift === 0 ? 0 : shift + 1, Math.floor(((shift + raw.length) * 4) / 3));
    for (const form of [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]) forms.push(Buffer.from(form));
  }
  return forms;
}
