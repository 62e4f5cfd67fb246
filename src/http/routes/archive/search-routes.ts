import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { FoundPage, RecordingQuery } from '../../../archive/recording-search.ts';
import type { SearchScope } from '../../../domain/search-scope.ts';
import { IvrError } from '../../../domain/error.ts';
import { NOTHING_STATED } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';
import { CSV_HEAD, csvLine } from './csv.ts';
import type { ArchiveRouteParts } from './recording-access.ts';
import { maskedTerms, QueryFields, SearchQuery } from './recording-query.ts';

const PAGE = 50;
const LIST_PAGE = 500;
const MOST_LISTED = 100_000;

/** Finding recordings. The row of the audit trail tells of the terms, masked, and of how many were found, before they are sent. */
export function searchRoutes({ staff, archive }: ArchiveRouteParts): FastifyPluginAsyncTypebox {
  const scoped = (request: FastifyRequest): SearchScope => {
    const scope = staff.searchScope(signedInHolder(request).actor);
    if (scope === undefined) throw new IvrError('FORBIDDEN', 'the role of this account does not allow it');
    return scope;
  };
  const note = async (request: FastifyRequest, query: RecordingQuery, page: FoundPage, what: string): Promise<void> => {
    const { actor } = signedInHolder(request);
    const detail = { ...maskedTerms(query), what, found: page.count, shown: page.recordings.length };
    await staff.permit(actor, 'recording.search', { ids: [] }, NOTHING_STATED, { detail });
  };
  return async (app) => {
    app.post(
      '/api/archive/search',
      {
        schema: {
          hide: true,
          body: Type.Object(
            { query: SearchQuery, after: Type.Optional(Type.String({ maxLength: 200 })) },
            { additionalProperties: false },
          ),
        },
      },
      async (request) => {
        const { query, after } = request.body;
        const page = await archive.search.search(query, scoped(request), { limit: PAGE, after: after ?? null });
        await note(request, query, page, 'search');
        return page;
      },
    );
    app.get('/api/archive/search/fields', { schema: { hide: true } }, async (request) => {
      scoped(request);
      return await archive.search.fields();
    });
    app.get(
      '/api/archive/recordings.csv',
      { schema: { hide: true, querystring: Type.Object(QueryFields, { additionalProperties: false }) } },
      async (request, reply) => {
        const query = request.query;
        const scope = scoped(request);
        const first = await archive.search.search(query, scope, { limit: LIST_PAGE, after: null });
        await note(request, query, first, 'list');
        const pages = async function* () {
          yield CSV_HEAD;
          let page = first;
          for (let listed = 0; ; ) {
            for (const row of page.recordings) yield csvLine(row);
            listed += page.recordings.length;
            if (page.next === null || listed >= MOST_LISTED) return;
            page = await archive.search.search(query, scope, { limit: LIST_PAGE, after: page.next });
          }
        };
        return await reply
          .header('Content-Type', 'text/csv; charset=utf-8')
          .header('Content-Disposition', 'attachment; filename="recordings.csv"')
          .send(Readable.from(pages()));
      },
    );
    app.get('/api/archive/saved-searches', { schema: { hide: true } }, async (request) => ({
      searches: await archive.saved.list(signedInHolder(request).actor.id),
    }));
    app.put(
      '/api/archive/saved-searches',
      {
        schema: {
          hide: true,
          body: Type.Object(
            { name: Type.String({ minLength: 1, maxLength: 80 }), query: SearchQuery },
            { additionalProperties: false },
          ),
        },
      },
      async (request) => {
        scoped(request);
        return await archive.saved.save(signedInHolder(request).actor.id, request.body.name, request.body.query);
      },
    );
    app.delete(
      '/api/archive/saved-searches/:id',
      { schema: { hide: true, params: Type.Object({ id: Type.String({ maxLength: 64 }) }) } },
      async (request) => {
        await archive.saved.remove(signedInHolder(request).actor.id, request.params.id);
        return { removed: true };
      },
    );
  };
}
