import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { StatusSources } from '../sources.ts';

const HealthReply = Type.Object({ ok: Type.Boolean(), checks: Type.Record(Type.String(), Type.String()) });

const probe = (summary: string) => ({
  summary,
  security: [],
  tags: ['status'],
  response: { 200: HealthReply, 503: HealthReply },
});

export function probeRoutes(sources: Pick<StatusSources, 'health' | 'readiness'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/healthz', { schema: probe('Whether the process works') }, async (_request, reply) => {
      const health = await sources.health();
      return reply.status(health.ok ? 200 : 503).send(health);
    });
    app.get('/readyz', { schema: probe('Whether it takes calls') }, async (_request, reply) => {
      const readiness = await sources.readiness();
      return reply.status(readiness.ok ? 200 : 503).send(readiness);
    });
  };
}

export function statusRoutes(sources: Pick<StatusSources, 'metrics'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/metrics',
      { schema: { summary: 'Metrics in the Prometheus text format', tags: ['status'], produces: ['text/plain'] } },
      async (_request, reply) => {
        const { contentType, text } = await sources.metrics();
        return reply.header('Content-Type', contentType).send(text);
      },
    );
  };
}
