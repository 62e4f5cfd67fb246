import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { IvrError } from '../../../domain/error.ts';
import { permitReading } from './permit-reading.ts';
import type { ArchiveRouteParts } from './recording-access.ts';

const MOST = 500;
/** Certificates of one page. */
const PAGE = 100;

/** How long what is kept, what is due for destruction, and what was destroyed. Changes need two people (`request-routes.ts`). */
export function retentionRoutes({ staff, archive }: ArchiveRouteParts): FastifyPluginAsyncTypebox {
  const { destruction, policies } = archive;
  return async (app) => {
    if (destruction !== undefined) {
      app.get('/api/archive/destruction', { schema: { hide: true } }, async (request) => {
        await permitReading(staff, request, 'policy.read', 'destruction');
        const [overview, candidates] = await Promise.all([destruction.overview(), destruction.candidates(MOST)]);
        return { overview, candidates };
      });
      app.get(
        '/api/archive/destruction/certificates',
        {
          schema: {
            hide: true,
            querystring: Type.Object({
              before: Type.Optional(
                Type.String({ maxLength: 36, description: 'id of the last one of the page before' }),
              ),
            }),
          },
        },
        async (request) => {
          await permitReading(staff, request, 'policy.read', 'destruction');
          const found = await destruction.certificates(PAGE + 1, request.query.before ?? null);
          const certificates = found.slice(0, PAGE);
          return { certificates, next: found.length > PAGE ? (certificates.at(-1)?.id ?? null) : null };
        },
      );
      app.get(
        '/api/archive/destruction/:recording/certificate.json',
        { schema: { hide: true, params: Type.Object({ recording: Type.String({ maxLength: 36 }) }) } },
        async (request, reply) => {
          const { recording } = request.params;
          await permitReading(staff, request, 'policy.read', 'certificate');
          const certificate = await destruction.certificate(recording);
          if (certificate === undefined) throw new IvrError('NOT_FOUND', 'there is no certificate of this recording');
          const { text, signatures } = certificate;
          return await reply
            .type('application/json')
            .header('content-disposition', `attachment; filename="certificate-${certificate.recording}.json"`)
            .send(JSON.stringify({ certificate: text, signatures }));
        },
      );
    }
    if (policies !== undefined) {
      app.get('/api/archive/policies', { schema: { hide: true } }, async (request) => {
        await permitReading(staff, request, 'policy.read', 'policies');
        return { policies: await policies.list() };
      });
      app.get(
        '/api/archive/policies/:id/history',
        { schema: { hide: true, params: Type.Object({ id: Type.String({ maxLength: 64 }) }) } },
        async (request) => {
          await permitReading(staff, request, 'policy.read', 'history');
          return { versions: await policies.history(request.params.id) };
        },
      );
    }
  };
}
