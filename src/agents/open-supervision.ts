import { IvrError } from '../domain/error.ts';
import { ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { runEvery } from '../lib/run-every.ts';
import type { AgentId } from '../queues/queue-fact.ts';
import type { QueueService } from '../queues/queue-service.ts';
import type { FollowedCounts } from '../queues/reports/followed-counts.ts';
import { expectListed } from './agent-profile.ts';
import { orderCallback, queueOfCallback } from './callback-orders.ts';
import { floorView } from './floor-view.ts';
import { openMonitors } from './open-monitors.ts';
import type { OpenDesks } from './open-desks.ts';
import type { FloorView, Supervision } from './supervision.ts';

interface SupervisionOptions {
  readonly queues: Pick<QueueService, 'floor' | 'rules' | 'tell' | 'subscribe'>;
  readonly counts: FollowedCounts;
  readonly desks: Pick<OpenDesks, 'broadcast' | 'attendedBy'>;
  /** The media joins more than two, and supervisors can be called. */
  readonly canMonitor: boolean;
  /** Those of the configuration. */
  readonly breakReasons: () => readonly string[];
  /** Of the days (IANA name). */
  readonly zone: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const COUNTED_EVERY = ms(5_000);
/** Whatever happens in between is shown together. */
const SHOWN_AFTER = ms(250);

/** The supervisor's page: what is, and what is ordered. */
export function openSupervision(options: SupervisionOptions): Supervision & AsyncDisposable {
  const { queues, counts, desks, canMonitor, breakReasons, zone, clock, logger } = options;
  const listeners = new Set<(view: FloorView) => void>();
  let showing: (() => void) | undefined;
  const monitors = openMonitors(desks, show);
  const view = (): FloorView => {
    const floor = floorView(queues, counts.latest, zone, clock.wall());
    return { ...floor, agents: floor.agents.map((agent) => ({ ...agent, ...monitors.of(agent.agent) })) };
  };

  function show(): void {
    if (listeners.size === 0) return;
    showing ??= clock.after(SHOWN_AFTER, () => {
      showing = undefined;
      const now = view();
      for (const listener of listeners) listener(now);
    });
  }

  const stop = queues.subscribe(show);
  const counting = runEvery(
    {
      name: 'counting the rows of the queues',
      every: COUNTED_EVERY,
      first: ms(0),
      async run() {
        await counts.upTo(clock.wall());
        show(); // waits grow by themselves
      },
    },
    clock,
    logger,
  );

  const signedIn = (agent: AgentId) => {
    const found = queues.floor.agents.get(agent);
    if (found === undefined || found.state === 'signed-out')
      throw new IvrError('AGENT_UNKNOWN', 'the agent is not signed in', { agent });
    return found;
  };
  return {
    view,
    subscribe(listener) {
      const own = (now: FloorView): void => listener(now);
      listeners.add(own);
      own(view());
      return () => listeners.delete(own);
    },
    canMonitor,
    async monitor(supervisor, agent, mode) {
      if (!canMonitor)
        throw new IvrError(
          'CONFLICT',
          'this server cannot let anybody listen in: its media server can join only two legs',
        );
      return monitors.begin(supervisor, agent, mode);
    },
    setMonitoring: async (supervisor, mode) => monitors.change(supervisor, mode),
    stopMonitoring: (supervisor) => monitors.stop(supervisor),
    async setState(_supervisor, agent, state, reason) {
      signedIn(agent);
      if (reason !== undefined) expectListed(breakReasons(), reason);
      await queues.tell(
        state === 'signed-out'
          ? { type: 'agent-went', agent, because: 'supervisor' }
          : { type: 'agent-chose', agent, state, by: 'supervisor', ...(reason === undefined ? {} : { reason }) },
      );
    },
    async assign(_supervisor, agent, levels) {
      const { skills, languages } = signedIn(agent).profile;
      const unknown = Object.keys(levels).find((name) => !queues.rules.queues.has(name));
      if (unknown !== undefined) throw new IvrError('USAGE', `there is no queue ${unknown}`);
      await queues.tell({ type: 'profile-changed', agent, queues: levels, skills, languages });
    },
    async setEmergency(_supervisor, queue, emergency) {
      if (!queues.rules.queues.has(queue)) throw new IvrError('USAGE', `there is no queue ${queue}`);
      await queues.tell({ type: 'emergency-changed', queue, emergency });
    },
    queueOfCallback: (entry) => queueOfCallback(queues.floor, entry),
    orderCallback: (_supervisor, entry, order) => orderCallback(queues, () => true, entry, order, clock.wall()),
    broadcast(supervisor, text, names) {
      desks.broadcast(supervisor, text, names);
      return Promise.resolve();
    },
    async [Symbol.asyncDispose]() {
      stop();
      showing?.();
      listeners.clear();
      await counting[Symbol.asyncDispose]();
    },
  };
}
