import { chmod, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import { ERROR_CODES, type ErrorCode, IvrError, systemCode } from '../domain/error.ts';

/*
 * Commands of the same machine ask a running server through a socket in its data folder, which only the server's own user may open:
 * whoever can, can read the keys as well. One line of JSON asks, lines of JSON answer.
 */

/** What a command asks; all of it is text, so that it can be sent. */
export interface ArchiveRequest {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly json: boolean;
  /** The user of the operating system who asks. */
  readonly actor: string;
}

type Answer =
  | { readonly line: string }
  | { readonly status: number }
  | { readonly error: { readonly code: string; readonly message: string } };

/** @returns the exit status */
export type AnswerRequest = (request: ArchiveRequest, print: (line: string) => void) => Promise<number>;

const LONGEST_REQUEST = 65_536;
/** Of a Unix socket's path, in Linux. */
const LONGEST_PATH = 107;

/** A path that the system takes: from where we are, when that is shorter. */
const reach = (path: string): string =>
  Buffer.byteLength(path) <= LONGEST_PATH ? path : relative(process.cwd(), path);

/** Closing it waits for no answer that is under way: its command is told that the server went. */
export async function serveArchive(path: string, answer: AnswerRequest): Promise<AsyncDisposable> {
  await rm(path, { force: true }); // of a server that was killed: the database's lock says that there is no other
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    void serveOne(socket, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(reach(path), resolve);
  });
  await chmod(path, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serveOne(socket: Socket, answer: AnswerRequest): Promise<void> {
  const say = (each: Answer): void => void (socket.writable && socket.write(`${JSON.stringify(each)}\n`));
  try {
    const request = await readRequest(socket);
    if (request === undefined) return;
    say({ status: await answer(request, (line) => say({ line })) });
  } catch (thrown) {
    const code = thrown instanceof IvrError ? thrown.code : 'INTERNAL';
    say({ error: { code, message: thrown instanceof Error ? thrown.message : String(thrown) } });
  } finally {
    socket.end();
  }
}

async function readRequest(socket: Socket): Promise<ArchiveRequest | undefined> {
  let text = '';
  for await (const part of socket.iterator({ destroyOnReturn: false })) {
    text += String(part);
    if (text.includes('\n')) return JSON.parse(text) as ArchiveRequest;
    if (text.length > LONGEST_REQUEST) return undefined;
  }
  return undefined;
}

/**
 * Asks the server that has this data folder.
 *
 * @returns its exit status; undefined: there is no server
 * @throws IvrError what the server says; CANCELLED when it went away meanwhile
 */
export async function askArchive(
  path: string,
  request: ArchiveRequest,
  print: (line: string) => void,
): Promise<number | undefined> {
  const socket = await connect(reach(path));
  if (socket === undefined) return undefined;
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    for await (const line of createInterface({ input: socket })) {
      const answer = JSON.parse(line) as Answer;
      if ('line' in answer) print(answer.line);
      else if ('status' in answer) return answer.status;
      else throw new IvrError(codeOf(answer.error.code), answer.error.message, {});
    }
    throw new IvrError('CANCELLED', 'the server stopped before it answered; try again', {});
  } finally {
    socket.destroy();
  }
}

const codeOf = (code: string): ErrorCode => (Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'INTERNAL');

function connect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => resolve(socket));
    socket.once('error', (thrown) => {
      const code = systemCode(thrown) ?? '';
      if (['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'EINVAL'].includes(code)) resolve(undefined);
      else reject(thrown);
    });
  });
}
