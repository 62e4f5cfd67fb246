import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AgentView, Supervision } from '../../../agents/supervision.ts';
import { asError, IvrError } from '../../../domain/error.ts';
import type { Staff } from '../../../staff/open-staff.ts';
import { NOTHING_STATED, type StaffActor, type Stated } from '../../../staff/staff-service.ts';
import type { Limiter } from '../../admit-request.ts';
import { signedInHolder } from '../../console/console-request.ts';
import { expectRole } from '../../console/expect-role.ts';
import { CallbackOrderBody } from './desk-commands.ts';
import { streamFloor } from './floor-stream.ts';

/** Of a supervisor, in 10 s. */
const ORDERS = 60;
/** Of a supervisor: windows in which the page is open. */
const MOST_STREAMS = 8;
const strict = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 80 });
const Mode = Type.Union([Type.Literal('listen'), Type.Literal('whisper'), Type.Literal('barge')]);
const Level = Type.Integer({ minimum: 1, maximum: 100 });

interface FloorParts {
  readonly staff: Pick<Staff, 'permit' | 'audit'>;
  readonly supervision: Supervision;
}

/** The supervisor's page: queues and agents as they are, and what is directed. Every order is a row of the audit trail. */
export function floorRoutes({ staff, supervision }: FloorParts, limiter: Limiter): FastifyPluginAsyncTypebox {
  const orders = limiter(ORDERS, (request) => `orders of ${signedInHolder(request).actor.id}`);
  const agentNamed = (name: string): AgentView => {
    const found = supervision.view().agents.find(({ agent }) => agent === name);
    if (found === undefined) throw new IvrError('AGENT_UNKNOWN', `no agent of the queues is named ${name}`);
    return found;
  };
  const direct: Direct = async (request, queues, ids, detail) => {
    const { actor } = signedInHolder(request);
    await staff.permit(actor, 'floor.direct', { ids, queues }, NOTHING_STATED, { detail });
    return actor;
  };
  /** Of an agent of several queues: whoever supervises one of them may direct the agent. */
  const sharedQueues = ({ queues }: AgentView, actor: StaffActor): readonly string[] => {
    const all = Object.keys(queues);
    const own = all.filter((queue) => actor.attributes.queues.includes(queue));
    return own.length > 0 ? own : all;
  };
  return async (app) => {
    /** By account. */
    const open = new Map<string, Set<() => void>>();
    app.addHook('preClose', async () => {
      for (const streams of open.values()) for (const close of streams) close();
    });
    app.get('/api/staff/floor/events', { schema: { hide: true }, exposeHeadRoute: false }, async (request, reply) => {
      const actor = await expectRole(staff, request, 'floor.watch');
      const streams = open.get(actor.id) ?? new Set<() => void>();
      if (streams.size >= MOST_STREAMS)
        throw new IvrError('OVERLOADED', `this page is open in ${MOST_STREAMS} windows already`);
      if (reply.raw.destroyed) return void reply.hijack();
      const close = streamFloor(reply, supervision, actor.attributes.queues);
      open.set(actor.id, streams.add(close));
      reply.raw.once('close', () => {
        streams.delete(close);
        if (streams.size === 0) open.delete(actor.id);
      });
    });
    app.post(
      '/api/staff/floor/agents/:agent/state',
      {
        schema: {
          hide: true,
          params: Type.Object({ agent: Name }),
          body: Type.Object(
            {
              state: Type.Union([Type.Literal('available'), Type.Literal('break'), Type.Literal('signed-out')]),
              reason: Type.Optional(Name),
            },
            strict,
          ),
        },
        onRequest: orders,
      },
      async (request) => {
        const { agent } = request.params;
        const { state, reason } = request.body;
        const queues = sharedQueues(agentNamed(agent), signedInHolder(request).actor);
        const { name } = await direct(request, queues, [agent], { what: 'state', state });
        await supervision.setState(name, agent, state, reason);
        return {};
      },
    );
    app.put(
      '/api/staff/floor/agents/:agent/queues',
      {
        schema: {
          hide: true,
          params: Type.Object({ agent: Name }),
          body: Type.Object({ queues: Type.Record(Name, Level) }, strict),
        },
        onRequest: orders,
      },
      async (request) => {
        const { agent } = request.params;
        const { queues } = request.body;
        const before = agentNamed(agent).queues;
        // what stays as it was is nobody's order
        const changed = [...new Set([...Object.keys(before), ...Object.keys(queues)])].filter(
          (queue) => before[queue] !== queues[queue],
        );
        const detail = { what: 'queues', queues: changed.map((queue) => `${queue} ${queues[queue] ?? 0}`).join(', ') };
        const { name } = await direct(request, changed, [agent], detail);
        await supervision.assign(name, agent, queues);
        return {};
      },
    );
    queueRoutes(app, supervision, direct, orders);
    monitoringRoutes(app, { staff, supervision }, agentNamed, orders);
  };
}

type Direct = (
  request: FastifyRequest,
  queues: readonly string[],
  ids: readonly string[],
  detail: Readonly<Record<string, string | boolean>>,
) => Promise<StaffActor>;

/** Orders to whole queues. */
function queueRoutes(
  app: Parameters<FastifyPluginAsyncTypebox>[0],
  supervision: Supervision,
  direct: Direct,
  orders: ReturnType<Limiter>,
): void {
  app.put(
    '/api/staff/floor/queues/:queue/emergency',
    {
      schema: {
        hide: true,
        params: Type.Object({ queue: Name }),
        body: Type.Object({ emergency: Type.Boolean() }, strict),
      },
      onRequest: orders,
    },
    async (request) => {
      const { queue } = request.params;
      const { emergency } = request.body;
      const { name } = await direct(request, [queue], [queue], { what: 'emergency', emergency });
      await supervision.setEmergency(name, queue, emergency);
      return {};
    },
  );
  app.post(
    '/api/staff/floor/callbacks/:entry',
    { schema: { hide: true, params: Type.Object({ entry: Name }), body: CallbackOrderBody }, onRequest: orders },
    async (request) => {
      const { entry } = request.params;
      const order = request.body;
      const queue = supervision.queueOfCallback(entry);
      const { name } = await direct(request, [queue], [entry], { what: 'callback', order: order.do });
      await supervision.orderCallback(name, entry, order);
      return {};
    },
  );
  app.post(
    '/api/staff/floor/messages',
    {
      schema: {
        hide: true,
        body: Type.Object(
          { text: Type.String({ minLength: 1, maxLength: 500 }), queues: Type.Array(Name, { maxItems: 50 }) },
          strict,
        ),
      },
      onRequest: orders,
    },
    async (request) => {
      const { text, queues } = request.body;
      const own = signedInHolder(request).actor.attributes.queues;
      // "all" are all of this supervisor's
      const to = queues.length === 0 ? own : queues;
      if (to.length === 0) throw new IvrError('FORBIDDEN', 'this account supervises no queue', { because: 'queue' });
      const { name } = await direct(request, to, to, { what: 'message' });
      await supervision.broadcast(name, text, to);
      return {};
    },
  );
}

interface ListenedTo {
  readonly agent: string;
  readonly contact: string;
  readonly stated: Stated;
}

/** Listening in. The row is committed before anything is heard; without it nothing is. */
function monitoringRoutes(
  app: Parameters<FastifyPluginAsyncTypebox>[0],
  { staff, supervision }: FloorParts,
  agentNamed: (name: string) => AgentView,
  onRequest: ReturnType<Limiter>,
): void {
  const talkOf = (agent: string): { readonly contact: string; readonly queues: readonly string[] } => {
    const { contact, queue, queues } = agentNamed(agent);
    if (contact === undefined) throw new IvrError('NO_TALK', 'the agent is not in a conversation');
    return { contact, queues: queue === undefined ? Object.keys(queues) : [queue] };
  };
  const tell = (actor: StaffActor, contact: string, stated: Stated, result: 'done' | 'failed', what: string) =>
    staff.audit.append({
      actor,
      role: 'supervisor',
      action: 'floor.monitor',
      targets: [contact],
      ...stated,
      approval: null,
      result,
      detail: { what },
    });
  /** What each listens to, and why: a change of the mode is another row with the same purpose. */
  const listening = new Map<string, ListenedTo>();
  /** By the end of the conversation, or the supervisor's telephone: not by their order. */
  async function ended(actor: StaffActor, current: ListenedTo): Promise<void> {
    if (listening.get(actor.id) !== current) return;
    listening.delete(actor.id);
    await tell(actor, current.contact, current.stated, 'done', 'ended');
  }

  app.post(
    '/api/staff/floor/monitoring',
    {
      schema: {
        hide: true,
        body: Type.Object(
          {
            agent: Name,
            mode: Mode,
            purpose: Type.String({ maxLength: 500 }),
            ticket: Type.String({ maxLength: 120 }),
          },
          strict,
        ),
      },
      onRequest,
    },
    async (request) => {
      const { actor } = signedInHolder(request);
      const { agent, mode, purpose, ticket } = request.body;
      const { contact, queues } = talkOf(agent);
      const stated = { purpose, ticket };
      await staff.permit(actor, 'floor.monitor', { ids: [contact], queues }, stated, { detail: { agent, mode } });
      let end: Promise<void>;
      try {
        ({ ended: end } = await supervision.monitor(actor.name, agent, mode, purpose));
      } catch (thrown) {
        await tell(actor, contact, stated, 'failed', thrown instanceof IvrError ? thrown.code : asError(thrown).name);
        throw thrown;
      }
      const current = { agent, contact, stated };
      listening.set(actor.id, current);
      void end
        .then(() => ended(actor, current))
        .catch((thrown: unknown) => request.log.error(asError(thrown), 'the end of a listening-in was not written'));
      return { contact };
    },
  );
  app.put(
    '/api/staff/floor/monitoring',
    { schema: { hide: true, body: Type.Object({ mode: Mode }, strict) }, onRequest },
    async (request) => {
      const { actor } = signedInHolder(request);
      const { mode } = request.body;
      const current = listening.get(actor.id);
      if (current === undefined) throw new IvrError('NO_TALK', 'you are not listening to a conversation');
      const { agent, contact, stated } = current;
      const { queues } = talkOf(agent);
      await staff.permit(actor, 'floor.monitor', { ids: [contact], queues }, stated, { detail: { agent, mode } });
      await supervision.setMonitoring(actor.name, mode);
      return {};
    },
  );
  app.delete('/api/staff/floor/monitoring', { schema: { hide: true }, onRequest }, async (request) => {
    const { actor } = signedInHolder(request);
    const current = listening.get(actor.id);
    listening.delete(actor.id);
    await supervision.stopMonitoring(actor.name);
    if (current !== undefined) await tell(actor, current.contact, current.stated, 'done', 'stopped');
    return {};
  });
}
