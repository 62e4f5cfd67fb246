import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { VirtualWav } from '../../../archive/playback.ts';
import { asError } from '../../../domain/error.ts';
import type { Logger } from '../../../lib/logger.ts';
import { type ArchiveRouteParts, enter } from './recording-access.ts';
import { sendWav } from './send-wav.ts';

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
        return await sendWav(request, reply, wav, ({ from, to }) => {
          const { actor, role, stated, approval, access } = entered;
          const detail = { what: 'audio', access, from_ms: timeOf(wav, from), to_ms: timeOf(wav, to) };
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
            .catch((thrown: unknown) =>
              logger.error({}, 'playback could not be written to the audit trail', asError(thrown)),
            );
        });
      },
    );
  };
}

const timeOf = ({ headerBytes, bytesPerSecond }: VirtualWav, byte: number): number =>
  Math.round((Math.max(0, byte - headerBytes) / bytesPerSecond) * 1000);
