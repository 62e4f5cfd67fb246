import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { IvrError } from '../../domain/error.ts';
import type { MediaServerList } from '../sources.ts';

const Server = Type.Object({
  host: Type.String({ description: 'host:port of its event socket' }),
  state: Type.Enum(['up', 'refusing', 'down']),
  legs: Type.Integer(),
  weight: Type.Integer(),
  draining: Type.Boolean({ description: 'it gets no new calls; those that it has go on' }),
});
const Servers = Type.Object({ servers: Type.Array(Server) });

export function mediaServerRoutes(mediaServers: MediaServerList): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/api/media-servers',
      {
        schema: {
          summary: 'The FreeSWITCH servers; none with media of our own',
          tags: ['servers'],
          response: { 200: Servers },
        },
      },
      async () => ({ servers: [...mediaServers.list()] }),
    );
    app.put(
      '/api/media-servers/:host',
      {
        schema: {
          summary: 'Whether a FreeSWITCH gets new calls; forgotten with a restart',
          tags: ['servers'],
          params: Type.Object({ host: Type.String({ maxLength: 300 }) }),
          body: Type.Object({ draining: Type.Boolean() }, { additionalProperties: false }),
          response: { 200: Servers },
        },
      },
      async ({ params: { host }, body: { draining } }) => {
        if (!mediaServers.drain(host, draining))
          throw new IvrError('NOT_FOUND', 'there is no such media server; GET /api/media-servers lists them');
        return { servers: [...mediaServers.list()] };
      },
    );
  };
}
