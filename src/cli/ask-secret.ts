import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { IvrError } from '../domain/error.ts';

/** Never from an argument: every process of the machine could read it there. */
export async function askSecret(question: string, { twice }: { readonly twice: boolean }): Promise<string> {
  if (!process.stdin.isTTY) return await firstLine();
  const silent = new Writable({ write: (_piece, _encoding, done) => done() });
  const asking = createInterface({ input: process.stdin, output: silent, terminal: true });
  const ask = async (text: string): Promise<string> => {
    process.stderr.write(text);
    const answer = await asking.question('');
    process.stderr.write('\n');
    return answer;
  };
  try {
    const secret = await ask(`${question}: `);
    if (twice && (await ask('Again: ')) !== secret) throw new IvrError('USAGE', 'the two entries differ');
    return secret;
  } finally {
    asking.close();
  }
}

async function firstLine(): Promise<string> {
  let text = '';
  for await (const piece of process.stdin) {
    text += String(piece);
    if (text.includes('\n') || text.length > 4096) break;
  }
  return text.split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
}
