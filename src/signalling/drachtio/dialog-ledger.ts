import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { asError, IvrError, systemCode } from '../../domain/error.ts';
import type { Logger } from '../../lib/logger.ts';

/**
 * The dialogs that are up, in a file: after a crash drachtio-server still has them, and only their names are needed to
 * end them. A line each, `+` or `-`, the server, the dialog's name (Call-ID and a tag, which the far end chooses: to be
 * kept like personal data).
 */
export interface DialogLedger extends AsyncDisposable {
  /** What an earlier run left, by server. */
  readonly left: ReadonlyMap<string, readonly string[]>;
  began(server: string, dialogId: string): void;
  ended(server: string, dialogId: string): void;
}

const COMPACT_AFTER_LINES = 10_000;
const LINE = /^([+-])\t([^\t]*)\t([^\t]+)$/;

const key = (server: string, dialogId: string): string => `${server}\t${dialogId}`;

/** What the lines leave up: `server\tdialog`. A line cut short by a crash is passed over. */
export function dialogsLeft(text: string): Set<string> {
  const up = new Set<string>();
  for (const line of text.split('\n')) {
    const [, sign, server = '', dialogId = ''] = LINE.exec(line) ?? [];
    if (sign === '+') up.add(key(server, dialogId));
    else if (sign === '-') up.delete(key(server, dialogId));
  }
  return up;
}

/** @throws IvrError STORAGE_FAILED when the file cannot be read or written */
export async function openDialogLedger(path: string, logger: Logger): Promise<DialogLedger> {
  let file: FileHandle;
  let up: Set<string>;
  const rewrite = async (): Promise<FileHandle> => {
    await rm(`${path}.new`, { force: true }); // its mode would stay as it is
    await writeFile(`${path}.new`, [...up].map((each) => `+\t${each}\n`).join(''), { mode: 0o600, flag: 'wx' });
    await rename(`${path}.new`, path);
    return await open(path, 'a', 0o600);
  };
  try {
    up = dialogsLeft(await readFile(path, 'utf8').catch(emptyWhenMissing));
    file = await rewrite();
  } catch (thrown) {
    throw new IvrError('STORAGE_FAILED', 'the ledger of dialogs cannot be written', { path }, thrown);
  }
  const left = new Map<string, string[]>();
  for (const each of up) {
    const [server = '', dialogId = ''] = each.split('\t', 2);
    left.set(server, [...(left.get(server) ?? []), dialogId]);
  }

  let waiting: string[] = [];
  let lines = 0;
  let closed = false;
  let failed = false;
  let writing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    try {
      while (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        lines += batch.length;
        if (lines > COMPACT_AFTER_LINES + 2 * up.size) {
          await file.close();
          file = await rewrite();
          lines = 0;
        } else await file.appendFile(batch.join(''));
      }
    } catch (thrown) {
      waiting = [];
      if (!failed) logger.error({}, 'the ledger of dialogs is not written any more', asError(thrown));
      failed = true;
    }
    writing = undefined;
  };
  const note = (sign: '+' | '-', server: string, dialogId: string): void => {
    if (closed || failed || /[\t\r\n]/.test(dialogId)) return;
    if (sign === '+') up.add(key(server, dialogId));
    else if (!up.delete(key(server, dialogId))) return;
    waiting.push(`${sign}\t${key(server, dialogId)}\n`);
    writing ??= write();
  };

  return {
    left,
    began: (server, dialogId) => note('+', server, dialogId),
    ended: (server, dialogId) => note('-', server, dialogId),
    async [Symbol.asyncDispose]() {
      closed = true;
      await writing;
      await file.close().catch(() => undefined);
    },
  };
}

function emptyWhenMissing(thrown: unknown): string {
  if (systemCode(thrown) === 'ENOENT') return '';
  throw thrown;
}
