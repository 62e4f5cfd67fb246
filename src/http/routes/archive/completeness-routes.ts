import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { IvrError } from '../../../domain/error.ts';
import type { AuditEntry } from '../../../staff/audit.ts';
import { NOTHING_STATED } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';
import type { ArchiveRouteParts } from './recording-access.ts';

const DAYS = 30;
/** Some hundred thousand calls. */
const LARGEST_FILE = 16 << 20;
/** Rows of one kind that a page shows; the signed report names all. */
const MOST_SHOWN = 500;

/** Whether every call has its recording: the dashboard, the signed reports, and call records of others. */
export function completenessRoutes({ staff, archive: { completeness } }: ArchiveRouteParts): FastifyPluginAsyncTypebox {
  const permit = (request: FastifyRequest, detail: AuditEntry['detail']) =>
    staff.permit(signedInHolder(request).actor, 'completeness.read', { ids: [] }, NOTHING_STATED, { detail });
  return async (app) => {
    if (completeness === undefined) return;
    app.get('/api/archive/completeness', { schema: { hide: true } }, async (request) => {
      await permit(request, { what: 'overview' });
      return await completeness.overview(DAYS);
    });
    app.get(
      '/api/archive/completeness/reports/:id',
      { schema: { hide: true, params: Type.Object({ id: Type.String({ maxLength: 36 }) }) } },
      async (request, reply) => {
        const { id } = request.params;
        await permit(request, { what: 'report', report: id });
        const found = await completeness.report(id);
        if (found === undefined) throw new IvrError('NOT_FOUND', 'there is no such report');
        return await reply
          .header('Content-Disposition', `attachment; filename="completeness-${id.replaceAll(/[^\w-]/g, '')}.json"`)
          .send(found);
      },
    );
    app.post(
      '/api/archive/completeness/comparisons',
      {
        bodyLimit: LARGEST_FILE,
        schema: {
          hide: true,
          body: Type.Object({ csv: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
        },
      },
      async (request) => {
        const { csv } = request.body;
        await permit(request, { what: 'compare call records', bytes: Buffer.byteLength(csv) });
        const result = await completeness.compare(csv, signedInHolder(request).actor.name);
        const counts = {
          unknownHere: result.unknownHere.length,
          unknownThere: result.unknownThere.length,
          differing: result.differing.length,
          unrecorded: result.unrecorded.length,
        };
        return {
          ...result,
          counts,
          unknownHere: result.unknownHere.slice(0, MOST_SHOWN),
          unknownThere: result.unknownThere.slice(0, MOST_SHOWN),
          differing: result.differing.slice(0, MOST_SHOWN),
          unrecorded: result.unrecorded.slice(0, MOST_SHOWN),
        };
      },
    );
  };
}
