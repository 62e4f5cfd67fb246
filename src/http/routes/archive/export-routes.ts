import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ExportJob } from '../../../archive/exports.ts';
import { IvrError } from '../../../domain/error.ts';
import { mayEver } from '../../../staff/decide.ts';
import type { StaffActor } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';
import type { ArchiveRouteParts } from './recording-access.ts';

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** Bundles that were ordered: how far they are, and their bytes for whoever ordered them. */
export function exportRoutes({ staff, archive: { exports } }: ArchiveRouteParts): FastifyPluginAsyncTypebox {
  /** @throws IvrError FORBIDDEN: roles may have changed since the order */
  const exporter = (request: FastifyRequest): StaffActor => {
    const { actor } = signedInHolder(request);
    if (mayEver(actor.roles, 'recording.export')) return actor;
    throw new IvrError('FORBIDDEN', 'the role of this account does not allow it', { because: 'role' });
  };
  return async (app) => {
    if (exports === undefined) return;
    const own = async (actor: StaffActor, id: string): Promise<ExportJob> => {
      const job = await exports.find(id);
      if (job === undefined || job.requester !== actor.name) throw new IvrError('NOT_FOUND', 'there is no such export');
      return job;
    };
    app.get('/api/archive/exports', { schema: { hide: true } }, async (request) => {
      const actor = exporter(request);
      return { exports: (await exports.list()).filter(({ requester }) => requester === actor.name) };
    });
    app.get('/api/archive/exports/:id', { schema: { hide: true, params: Params } }, (request) =>
      own(exporter(request), request.params.id),
    );
    app.get(
      '/api/archive/exports/:id/bundle.zip',
      { schema: { hide: true, params: Params }, exposeHeadRoute: false },
      async (request, reply) => {
        const actor = exporter(request);
        // its requester alone: the approval was theirs
        const job = await own(actor, request.params.id);
        if (job.state !== 'done') throw new IvrError('NOT_FOUND', 'the bundle is not there yet');
        await staff.audit.append({
          actor,
          role: '',
          action: 'export.download',
          targets: [job.recording],
          purpose: job.purpose,
          ticket: job.ticket,
          approval: null,
          result: 'allowed',
          detail: { export: job.id, sha256: job.sha256, bytes: job.bytes },
        });
        const aborter = new AbortController();
        reply.raw.once('close', () => aborter.abort());
        return await reply
          .header('Content-Type', 'application/zip')
          .header('Content-Length', job.bytes ?? undefined)
          .header('Content-Disposition', `attachment; filename="${job.recording.replaceAll(/[^\w-]/g, '')}.zip"`)
          .send(Readable.from(exports.read(job.id, aborter.signal), { objectMode: false }));
      },
    );
  };
}
