import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { VirtualWav } from '../../../archive/playback.ts';
import { asError } from '../../../domain/error.ts';
import type { Logger } from '../../../lib/logger.ts';
import { byteRange } from './byte-range.ts';
import { type ArchiveRouteParts, enter } from './recording-access.ts';

/** A player that is paused keeps its connection; one that reads nothing for this long has gone. */
const STALLED_MS = 15 * 60_000;

/** The audio as a WAV of known length, by ranges (RFC 9110 section 14): a seek asks for bytes, and gets a row of its own. */
export function playbackRoutes(parts: ArchiveRouteParts, logger: Logger): FastifyPluginAsyncTypebox {
  const { staff, archive } = parts;
  return async (app) => {
    app.get(
      '/api/archive/recordings/:id/audio.wav',
      {
        schema: {
          hide: true,
          params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
          querystring: Type.Object({ grant: Type.String({ maxLength: 43 }) }, { additionalProperties: false }),
        },
        exposeHeadRoute: false,
      },
      async (request, reply) => {
        const { id } = request.params;
        const token = request.query.grant;
        const asked = request.headers.range ?? '';
        // nothing is read from the archive before the row is there
        const entered = await enter(parts, request, {
          id,
          token,
          detail: { what: 'audio', range: asked.slice(0, 100) },
        });
        const wav = await archive.playback.open(id, entered.masked);
        const range = byteRange(asked, wav.bytes);
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
          const { actor, role, stated, approval, access } = entered;
          const detail = { what: 'audio', access, from_ms: timeOf(wav, from), to_ms: timeOf(wav, from + sent) };
          staff.audit
            .append({
              actor,
              role,
              action: 'recording.play',
              targets: [id],
              ...stated,
              approval,
              result: 'done',
              detail,
            })
            .catch((thrown: unknown) => logger.error({}, 'what was played could not be audited', asError(thrown)));
        });
        return await reply.send(
          Readable.from(
            counted(wav, from, to, aborter.signal, (bytes) => {
              sent += bytes;
            }),
            { objectMode: false },
          ),
        );
      },
    );
  };
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

const timeOf = ({ headerBytes, bytesPerSecond }: VirtualWav, byte: number): number =>
  Math.round((Math.max(0, byte - headerBytes) / bytesPerSecond) * 1000);
