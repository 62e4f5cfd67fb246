import type { AgentView, FloorView, MonitoringMode, QueueView, Supervision } from '../../src/agents/supervision.ts';
import { IvrError } from '../../src/domain/error.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';

export interface MemorySupervision extends Supervision {
  /** Every order, in words. */
  readonly told: readonly string[];
  change(change: Partial<FloorView>): void;
  readonly listeners: number;
  /** What `monitor` does before it resolves. */
  onMonitor: () => void | Promise<void>;
}

export const TALKING = '018f0000-0000-7000-8000-000000000001' as ContactId;

const queueView = (queue: string, more: Partial<QueueView> = {}): QueueView => ({
  queue,
  waiting: 3,
  callbacks: 1,
  longestWaitMs: 83_000,
  expectedWaitMs: 120_000,
  agents: { available: 1, talking: 2, break: 1 },
  interval: { offered: 10, answered: 8, abandoned: 1, serviceLevel: 0.75 },
  today: { offered: 120, answered: 110, abandoned: 6, serviceLevel: 0.871 },
  emergency: false,
  alarms: [],
  ...more,
});

function firstView(wall: () => number): FloorView {
  const agent = (name: string, more: Partial<AgentView>): AgentView => ({
    agent: name,
    state: 'available',
    since: wallMs(wall() - 75_000),
    queues: { cards: 5 },
    ...more,
  });
  return {
    at: wallMs(wall()),
    queues: [
      queueView('cards', { alarms: ['longest-wait'] }),
      queueView('loans', {
        waiting: 0,
        longestWaitMs: 0,
        interval: { offered: 0, answered: 0, abandoned: 0, serviceLevel: null },
      }),
      queueView('wealth'),
    ],
    callbacks: [
      { entry: 'e-cards', queue: 'cards', since: wallMs(wall()), attempts: 0 },
      { entry: 'e-wealth', queue: 'wealth', since: wallMs(wall()), attempts: 0 },
    ],
    agents: [
      agent('chen', { state: 'talking', contact: TALKING, queue: 'cards', queues: { cards: 5, loans: 2 } }),
      agent('li', {}),
      agent('zhou', { state: 'break', reason: 'lunch', queues: { cards: 3, wealth: 4 } }),
      agent('qian', { state: 'talking', contact: 'other' as ContactId, queue: 'wealth', queues: { wealth: 5 } }),
    ],
  };
}

/** A floor in memory: two queues and an agent of a third that nobody here supervises. */
export function memorySupervision(wall: () => number): MemorySupervision {
  const told: string[] = [];
  const listeners = new Set<(view: FloorView) => void>();
  let view = firstView(wall);
  const change = (next: Partial<FloorView>): void => {
    view = { ...view, at: wallMs(wall()), ...next };
    for (const listener of listeners) listener(view);
  };
  const changeAgent = (name: string, to: Partial<AgentView>): void =>
    change({ agents: view.agents.map((each) => (each.agent === name ? { ...each, ...to } : each)) });
  const monitored = (supervisor: string, agentName: string | undefined, mode: MonitoringMode | undefined): void =>
    change({
      agents: view.agents.map((each) => {
        const monitors = (each.monitors ?? []).filter((one) => one.supervisor !== supervisor);
        return {
          ...each,
          monitors: each.agent === agentName && mode !== undefined ? [...monitors, { supervisor, mode }] : monitors,
        };
      }),
    });
  const of = (supervisor: string): string | undefined =>
    view.agents.find(({ monitors }) => monitors?.some((one) => one.supervisor === supervisor))?.agent;
  return {
    told,
    change,
    canMonitor: true,
    onMonitor: () => undefined,
    get listeners() {
      return listeners.size;
    },
    view: () => view,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async monitor(supervisor, name, mode, purpose) {
      if (view.agents.find((each) => each.agent === name)?.contact === undefined)
        throw new IvrError('NO_TALK', 'the agent is not in a conversation');
      await this.onMonitor();
      told.push(`${supervisor} ${mode} ${name}: ${purpose}`);
      monitored(supervisor, name, mode);
      return { ended: new Promise<void>(() => undefined) };
    },
    async setMonitoring(supervisor, mode) {
      const name = of(supervisor);
      if (name === undefined) throw new IvrError('NO_TALK', 'you are not listening to a conversation');
      told.push(`${supervisor} ${mode} ${name}`);
      monitored(supervisor, name, mode);
    },
    async stopMonitoring(supervisor) {
      told.push(`${supervisor} stops`);
      monitored(supervisor, undefined, undefined);
    },
    async setState(supervisor, name, state, reason) {
      told.push(`${supervisor} sets ${name} ${state} ${reason ?? ''}`.trim());
      changeAgent(name, { state, since: wallMs(wall()) });
    },
    async assign(supervisor, name, queues) {
      told.push(`${supervisor} assigns ${name} ${JSON.stringify(queues)}`);
      changeAgent(name, { queues });
    },
    async setEmergency(supervisor, queue, emergency) {
      told.push(`${supervisor} emergency ${queue} ${emergency}`);
      change({ queues: view.queues.map((each) => (each.queue === queue ? { ...each, emergency } : each)) });
    },
    queueOfCallback(entry) {
      const found = view.callbacks.find((each) => each.entry === entry);
      if (found === undefined) throw new IvrError('NOT_FOUND', 'there is no such callback');
      return found.queue;
    },
    async orderCallback(supervisor, entry, order) {
      told.push(`${supervisor} orders ${entry} ${order.do}`);
      if (order.do === 'cancel') change({ callbacks: view.callbacks.filter((each) => each.entry !== entry) });
    },
    async broadcast(supervisor, text, queues) {
      told.push(`${supervisor} says "${text}" to ${queues.join(',')}`);
    },
  };
}
