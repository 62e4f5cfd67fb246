import { Malformed } from './bytes.ts';

/** A sentence in both languages of the bundle. */
export interface Statement {
  readonly en: string;
  readonly zh: string;
}

export type Verdict =
  | { readonly ok: true; readonly proved: readonly Statement[]; readonly remarks: readonly Statement[] }
  | { readonly ok: false; readonly file: string; readonly problem: Statement };

/** The first thing that is wrong, and in which file. */
export class Refusal extends Error {
  readonly file: string;
  readonly problem: Statement;
  constructor(file: string, en: string, zh: string) {
    super(`${file}: ${en}`);
    this.file = file;
    this.problem = { en, zh };
  }
}

/** Whatever fails within is the fault of `file`: what cannot be read is not proved. */
export async function within<T>(file: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    const message = thrown instanceof Malformed ? thrown.message : `it cannot be read: ${String(thrown)}`;
    throw new Refusal(file, message, `内容无效（${message}）`);
  }
}
