import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asError } from '../../domain/error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { cosignedMessage, formatCosignature, type NoteKey, witnessKeyId } from '../../verify/note.ts';
import { rawEd25519 } from '../signing/raw-key.ts';
import type { Signer } from '../signing/signer.ts';
import { decide } from './add-checkpoint.ts';
import { openWitnessState } from './witness-state.ts';

const LARGEST_REQUEST = 64 * 1024;
const CONNECTIONS = 64;
const REQUEST_MS = 5_000;
/** Requests that wait for the one before them. */
const LONGEST_QUEUE = 64;

export interface WitnessOptions {
  /** Its own, on another machine or disk than the log's. */
  readonly folder: string;
  /** A schema-less URL, such as `audit.bank.example/witness`. */
  readonly name: string;
  /** An Ed25519 key of its own. */
  readonly signer: Signer;
  readonly logs: readonly NoteKey[];
  readonly host: string;
  readonly port: number;
}

export interface OpenWitness extends AsyncDisposable {
  readonly url: string;
  readonly key: NoteKey;
}

/**
 * A witness (C2SP tlog-witness): POST /add-checkpoint. What it has seen is durable before it cosigns, so that no crash lets
 * a log go back behind a cosignature.
 */
export async function openWitness(options: WitnessOptions, clock: Clock, logger: Logger): Promise<OpenWitness> {
  const { name, signer, logs } = options;
  const key: NoteKey = { name, raw: rawEd25519(signer.publicKey) };
  const keyId = await witnessKeyId(key);
  const state = await openWitnessState(
    options.folder,
    logs.map((log) => log.name),
  );

  async function answer(body: string): Promise<readonly [status: number, type: string, text: string]> {
    const decision = await decide(body, logs, (origin) => state.get(origin));
    if (decision.status === 409) {
      // a log that was started anew asks from the beginning; it is told how far this witness is, and goes on from there
      if (decision.forked) logger.warn({ size: decision.size }, `a checkpoint was refused: ${decision.reason}`);
      return [409, 'text/x.tlog.size', `${decision.size}\n`];
    }
    if (decision.status !== 200) {
      logger.warn({ status: decision.status }, `a checkpoint was refused: ${decision.reason}`);
      return [decision.status, 'text/plain; charset=utf-8', `${decision.reason}\n`];
    }
    const { note, head, raw } = decision;
    await state.put(head.origin, raw);
    const time = Math.floor(clock.wall() / 1000);
    const signature = await signer.sign(cosignedMessage(note.text, time));
    return [200, 'text/plain; charset=utf-8', formatCosignature(name, keyId, time, signature)];
  }

  let queued = 0;
  let last: Promise<unknown> = Promise.resolve();
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = (status: number, type: string, text: string): void => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
    };
    const refuse = (status: number, text: string): void => {
      response.setHeader('connection', 'close');
      reply(status, 'text/plain; charset=utf-8', `${text}\n`);
    };
    if (request.url !== '/add-checkpoint') return refuse(404, 'there is /add-checkpoint alone');
    if (request.method !== 'POST') return refuse(405, 'POST');
    const body = await bodyOf(request);
    if (body === undefined) return refuse(413, `more than ${LARGEST_REQUEST} bytes`);
    if (queued >= LONGEST_QUEUE) return refuse(503, 'busy');
    queued += 1;
    const mine = last.then(() => answer(body));
    last = mine.catch(() => undefined);
    try {
      reply(...(await mine));
    } finally {
      queued -= 1;
    }
  }

  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    serve(request, response).catch((thrown: unknown) => {
      logger.error({}, 'a checkpoint request failed', asError(thrown));
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  server.maxConnections = CONNECTIONS;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    key,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await last;
    },
  };
}

/** Undefined when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > LARGEST_REQUEST) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
