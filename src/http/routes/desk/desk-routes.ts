import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AgentDesks } from '../../../agents/agent-desk.ts';
import type { Knowledge } from '../../../agents/knowledge.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Staff } from '../../../staff/open-staff.ts';
import { NOTHING_STATED } from '../../../staff/staff-service.ts';
import type { Limiter } from '../../admit-request.ts';
import { signedInHolder } from '../../console/console-request.ts';
import { expectRole } from '../../console/expect-role.ts';
import { BODIES, type DeskCommand, type Work, workOf } from './desk-commands.ts';
import { openDeskStreams } from './desk-streams.ts';

export interface DeskServices {
  readonly desks: AgentDesks;
  readonly knowledge: Knowledge;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, 'after'>;
}

/** Of an agent, in 10 s: more than anybody presses, and less than would hurt a queue. */
const COMMANDS = 60;
const LOOKS = 120;
const MOST_ANSWERS = 5;
const strict = { additionalProperties: false } as const;
const Window = Type.String({ pattern: '^[0-9a-f-]{36}$' });

/** An agent's desk. Agents are known to the queues by the names of their accounts. */
export function deskRoutes(
  { desks, knowledge, clock }: DeskServices,
  staff: Pick<Staff, 'permit'>,
  limiter: Limiter,
): FastifyPluginAsyncTypebox {
  const streams = openDeskStreams(desks, clock);
  const work: Work = workOf(desks);
  const commands = limiter(COMMANDS, (request) => `commands of ${signedInHolder(request).actor.id}`);
  const looks = limiter(LOOKS, (request) => `desk of ${signedInHolder(request).actor.id}`);
  // what agents do is in the journal of the queues
  const agentOf = async (request: FastifyRequest): Promise<string> =>
    (await expectRole(staff, request, 'desk.use')).name;
  return async (app) => {
    app.addHook('onClose', async () => streams.close());
    // a stream has no end that the web server could wait for
    app.addHook('preClose', async () => streams.close());

    app.get(
      '/api/staff/desk/events',
      {
        schema: {
          hide: true,
          querystring: Type.Object({ window: Window, take: Type.Optional(Type.Boolean()) }, strict),
        },
        exposeHeadRoute: false,
        onRequest: looks,
      },
      async (request, reply) => {
        const agent = await agentOf(request);
        desks.setup(agent); // an account that is no agent is told so, not kept waiting
        streams.open(agent, request.query.window, request.query.take ?? false, reply);
      },
    );
    app.post(
      '/api/staff/desk/beat',
      {
        schema: { hide: true, body: Type.Object({ window: Window, nonce: Type.String({ maxLength: 36 }) }, strict) },
        onRequest: looks,
      },
      async (request) => {
        streams.beat(await agentOf(request), request.body.window, request.body.nonce);
        return {};
      },
    );
    app.get('/api/staff/desk/setup', { schema: { hide: true }, onRequest: looks }, async (request) =>
      desks.setup(await agentOf(request)),
    );
    app.get('/api/staff/desk/callbacks', { schema: { hide: true }, onRequest: looks }, async (request) => ({
      callbacks: desks.callbacks(await agentOf(request)),
    }));
    app.post(
      '/api/staff/desk/knowledge',
      {
        schema: { hide: true, body: Type.Object({ said: Type.String({ maxLength: 1_000 }) }, strict) },
        onRequest: looks,
      },
      async (request) => {
        await agentOf(request);
        return { answers: knowledge.suggest(request.body.said, MOST_ANSWERS) };
      },
    );
    for (const command of Object.keys(BODIES) as DeskCommand[])
      app.post(
        `/api/staff/desk/${command}`,
        {
          schema: { hide: true, querystring: Type.Object({ window: Window }, strict), body: BODIES[command] },
          onRequest: commands,
        },
        async (request) => {
          const agent = await agentOf(request);
          streams.expectOpen(agent, request.query.window);
          if (command === 'sign-in')
            await staff.permit(signedInHolder(request).actor, 'desk.use', { ids: [] }, NOTHING_STATED);
          return (await work[command](agent, request.body as never)) ?? {};
        },
      );
  };
}
