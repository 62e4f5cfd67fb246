import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { asError, IvrError, systemCode } from '../domain/error.ts';

/**
 * The SIP dialogs that are up, in a file: after a crash the far ends still have them, and the next run ends them.
 * A line each, separated by tabs: `+` or `-`, whose the dialog is (a drachtio-server, or our own SIP server), its name
 * (Call-ID and a tag) and, where the name alone does not end it, what does, as JSON. Numbers and addresses of the far ends
 * are in there: mode 0600, and lines of dialogs that are over do not stay for long.
 */
export interface DialogLedger extends AsyncDisposable {
  /** What an earlier run left, by server and name, with what was told of each. */
  readonly left: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** @param content - what ends it, one line of JSON; when told again, the last one counts */
  began(server: string, dialogId: string, content?: string): void;
  ended(server: string, dialogId: string): void;
}

/** With nothing up the file is emptied; otherwise it may hold this many lines beyond two for each dialog that is up. */
const COMPACT_AFTER_LINES = 200;
/** What a power cut may lose; the death of the process loses nothing. */
const SYNC_EVERY_MS = 1_000;
const LINE = /^([+-])\t([^\t]*)\t([^\t]+)(?:\t(.+))?$/;

const key = (server: string, dialogId: string): string => `${server}\t${dialogId}`;
const line = (each: string, content: string): string => `+\t${each}${content === '' ? '' : `\t${content}`}\n`;

/** What the lines leave up: `server\tdialog`, and its content. A last line that a crash cut short is passed over. */
export function dialogsLeft(text: string): Map<string, string> {
  const up = new Map<string, string>();
  for (const each of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const [, sign, server = '', dialogId = '', content = ''] = LINE.exec(each) ?? [];
    if (sign === '+') up.set(key(server, dialogId), content);
    else if (sign === '-') up.delete(key(server, dialogId));
  }
  return up;
}

/**
 * @param onFailed - called once, when it can be written no more
 * @throws IvrError STORAGE_FAILED when the file cannot be read or written
 */
export async function openDialogLedger(path: string, onFailed: (error: Error) => void): Promise<DialogLedger> {
  let file: FileHandle;
  let up: Map<string, string>;
  const rewrite = async (): Promise<FileHandle> => {
    await rm(`${path}.new`, { force: true }); // its mode would stay as it is
    const lines = [...up].map(([each, content]) => line(each, content));
    await writeFile(`${path}.new`, lines.join(''), { mode: 0o600, flag: 'wx' });
    await rename(`${path}.new`, path);
    return await open(path, 'a', 0o600);
  };
  try {
    up = dialogsLeft(await readFile(path, 'utf8').catch(emptyWhenMissing));
    file = await rewrite();
  } catch (thrown) {
    throw new IvrError(
      'STORAGE_FAILED',
      'the list of active dialogs (signalling.ledger) cannot be written',
      { path },
      thrown,
    );
  }
  const left = new Map<string, Map<string, string>>();
  for (const [each, content] of up) {
    const [server = '', dialogId = ''] = each.split('\t', 2);
    const of = left.get(server) ?? new Map<string, string>();
    left.set(server, of.set(dialogId, content));
  }

  let waiting: string[] = [];
  let lines = 0;
  let closed = false;
  let failed = false;
  let writing: Promise<void> | undefined;
  let syncing: NodeJS.Timeout | undefined;

  const fail = (thrown: unknown): void => {
    waiting = [];
    if (!failed) onFailed(asError(thrown));
    failed = true;
  };
  const write = async (): Promise<void> => {
    try {
      while (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        lines += batch.length;
        if (up.size === 0 || lines > COMPACT_AFTER_LINES + 2 * up.size) {
          await file.close();
          file = await rewrite();
          lines = 0;
        } else {
          await file.appendFile(batch.join(''));
          syncing ??= setTimeout(sync, SYNC_EVERY_MS).unref();
        }
      }
    } catch (thrown) {
      fail(thrown);
    }
    writing = undefined;
  };
  const sync = (): void => {
    syncing = undefined;
    if (closed || failed) return;
    const synced = file;
    synced.datasync().catch((thrown: unknown) => {
      if (synced === file && !closed) fail(thrown); // else it has been rewritten meanwhile
    });
  };
  const note = (text: string): void => {
    waiting.push(text);
    writing ??= write();
  };

  return {
    left,
    began(server, dialogId, content = '') {
      if (closed || failed || /[\t\r\n]/.test(dialogId) || up.get(key(server, dialogId)) === content) return;
      up.set(key(server, dialogId), content);
      note(line(key(server, dialogId), content));
    },
    ended(server, dialogId) {
      if (closed || failed || !up.delete(key(server, dialogId))) return;
      note(`-\t${key(server, dialogId)}\n`);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(syncing);
      await writing;
      await file.close().catch(() => undefined);
    },
  };
}

function emptyWhenMissing(thrown: unknown): string {
  if (systemCode(thrown) === 'ENOENT') return '';
  throw thrown;
}
