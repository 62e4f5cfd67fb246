import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { signedInHolder } from '../../console/console-request.ts';
import { newToken } from '../../../staff/sessions.ts';
import { NOTHING_STATED } from '../../../staff/staff-service.ts';
import { accessSessions } from './access-sessions.ts';
import { accessOf, type ArchiveRouteParts, enter, foundRecording, targetOf } from './recording-access.ts';

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) });
const Granted = Type.Object({ grant: Type.String({ maxLength: 43 }) }, { additionalProperties: false });

/** A session of a player is a few dozen rows. */
const MOST_ROWS = 5_000;
const MOST_SESSIONS = 500;
/** How long the archive may take to prove a recording. */
const VERIFY_MS = 120_000;

/** One recording: first somebody says what for, then it opens for an hour. */
export function recordingRoutes(parts: ArchiveRouteParts): FastifyPluginAsyncTypebox {
  const { staff, archive } = parts;
  return async (app) => {
    app.post(
      '/api/archive/recordings/:id/access',
      {
        schema: {
          hide: true,
          params: Params,
          body: Type.Object(
            {
              action: Type.Enum(['recording.view', 'recording.play', 'recording.play-clear']),
              purpose: Type.String({ maxLength: 500 }),
              ticket: Type.String({ maxLength: 120 }),
            },
            { additionalProperties: false },
          ),
        },
      },
      async (request) => {
        const { actor, session } = signedInHolder(request);
        const { id } = request.params;
        const { action, purpose, ticket } = request.body;
        const recording = await foundRecording(archive, id);
        const grant = newToken();
        const { masked } = await staff.permit(
          actor,
          action,
          targetOf(recording),
          { purpose, ticket },
          { detail: { what: 'access', access: accessOf(grant) } },
        );
        await staff.grants.give({ session: session.id, action, recording: id, purpose, ticket }, grant);
        return { grant, action, masked, watermark: actor.name };
      },
    );
    app.get(
      '/api/archive/recordings/:id',
      { schema: { hide: true, params: Params, querystring: Granted } },
      async (request) => {
        const { id } = request.params;
        const { masked } = await enter(parts, request, { id, token: request.query.grant, detail: { what: 'detail' } });
        return await archive.recordings.detail(id, masked);
      },
    );
    app.get(
      '/api/archive/recordings/:id/peaks',
      { schema: { hide: true, params: Params, querystring: Granted } },
      async (request) => {
        const { id } = request.params;
        const { masked } = await enter(parts, request, { id, token: request.query.grant, detail: { what: 'peaks' } });
        return await archive.recordings.peaks(id, masked);
      },
    );
    app.get(
      '/api/archive/recordings/:id/custody',
      { schema: { hide: true, params: Params, querystring: Granted } },
      async (request) => {
        const { id } = request.params;
        await enter(parts, request, { id, token: request.query.grant, detail: { what: 'custody' } });
        return {
          rows: accessSessions(await staff.audit.list({ target: id, limit: MOST_ROWS })).slice(0, MOST_SESSIONS),
        };
      },
    );
    app.post('/api/archive/recordings/:id/verify', { schema: { hide: true, params: Params } }, async (request) => {
      const { actor } = signedInHolder(request);
      const recording = await foundRecording(archive, request.params.id);
      await staff.permit(actor, 'recording.verify', targetOf(recording), NOTHING_STATED);
      return await archive.verifier.verify(recording.id, AbortSignal.timeout(VERIFY_MS));
    });
  };
}
