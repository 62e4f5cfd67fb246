import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { VirtualWav } from '../../../archive/playback.ts';
import { byteRange } from './byte-range.ts';

/** A player that is paused keeps its connection; one that reads nothing for this long has gone. */
const STALLED_MS = 15 * 60_000;

/** Bytes `from` up to, not with, `to`. */
export interface SentBytes {
  readonly from: number;
  readonly to: number;
}

/**
 * Answers with a WAV, or with the range of it that is asked for (RFC 9110 section 14): a seek asks for bytes. The WAV is
 * disposed of with the answer.
 *
 * @param onClosed - the answer is over, and this much of it was sent; not called when the range is none
 */
export async function sendWav(
  request: FastifyRequest,
  reply: FastifyReply,
  wav: VirtualWav,
  onClosed: (sent: SentBytes) => void = () => undefined,
): Promise<FastifyReply> {
  const range = byteRange(request.headers.range ?? '', wav.bytes);
  if (range === 'unsatisfiable') {
    await wav[Symbol.asyncDispose]();
    return await reply.status(416).header('Content-Range', `bytes */${wav.bytes}`).send();
  }
  const { from, to } = range ?? { from: 0, to: wav.bytes };
  void reply
    .status(range === undefined ? 200 : 206)
    .header('Content-Type', 'audio/wav')
    .header('Accept-Ranges', 'bytes')
    .header('Content-Length', to - from);
  if (range !== undefined) void reply.header('Content-Range', `bytes ${from}-${to - 1}/${wav.bytes}`);
  const aborter = new AbortController();
  request.raw.socket.setTimeout(STALLED_MS, () => request.raw.socket.destroy());
  let sent = 0;
  reply.raw.once('close', () => {
    aborter.abort();
    onClosed({ from, to: from + sent });
  });
  const count = (bytes: number): void => {
    sent += bytes;
  };
  return await reply.send(Readable.from(counted(wav, from, to, aborter.signal, count), { objectMode: false }));
}

async function* counted(
  wav: VirtualWav,
  from: number,
  to: number,
  signal: AbortSignal,
  count: (bytes: number) => void,
) {
  await using open = wav;
  for await (const piece of open.read(from, to, signal)) {
    count(piece.length);
    yield piece;
  }
}
