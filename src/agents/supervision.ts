import type { ContactId } from '../domain/ids.ts';
import type { WallMs } from '../domain/units.ts';
import type { AgentId, AgentState, EntryId, QueueName } from '../queues/queue-fact.ts';
import type { CallbackOrder, WaitingCallback } from './agent-desk.ts';

/* PORT of the supervisor's page. */

export interface QueueView {
  readonly queue: QueueName;
  readonly waiting: number;
  readonly callbacks: number;
  readonly longestWaitMs: number;
  readonly expectedWaitMs: number;
  /** Agents by what they do. */
  readonly agents: Readonly<Partial<Record<AgentState, number>>>;
  /** Of the present quarter of an hour and of today, as MISSION defines them; null: nobody was offered. */
  readonly interval: QueueNumbers;
  readonly today: QueueNumbers;
  readonly emergency: boolean;
  readonly alarms: readonly string[];
}

export interface QueueNumbers {
  readonly offered: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly serviceLevel: number | null;
}

export interface AgentView {
  readonly agent: AgentId;
  readonly state: AgentState;
  readonly since: WallMs;
  readonly reason?: string;
  readonly queues: Readonly<Record<QueueName, number>>;
  /** Whom they talk to. */
  readonly contact?: ContactId;
  /** Of that conversation: whose supervisors may hear it. */
  readonly queue?: QueueName;
  /** Who listens in. */
  readonly monitors?: readonly { readonly supervisor: string; readonly mode: MonitoringMode }[];
}

export interface FloorView {
  readonly at: WallMs;
  readonly queues: readonly QueueView[];
  readonly agents: readonly AgentView[];
  /** Those who are to be called back. */
  readonly callbacks: readonly WaitingCallback[];
}

/** `listen`: nobody hears the supervisor; `whisper`: the agent alone; `barge`: both. */
export type MonitoringMode = 'listen' | 'whisper' | 'barge';

export interface Supervision {
  view(): FloorView;
  /** @returns the way to stop */
  subscribe(listener: (view: FloorView) => void): () => void;
  /** Whether anybody can listen in on this server. */
  readonly canMonitor: boolean;
  /**
   * Calls the supervisor's own browser, or their telephone, which hears the conversation. Whoever asks has written the audit row before.
   *
   * @returns when they hear it; `ended` resolves when they do not any more
   * @throws IvrError NO_TALK, AGENT_UNREACHABLE, CONFLICT (they listen to somebody already)
   */
  monitor(
    supervisor: string,
    agent: AgentId,
    mode: MonitoringMode,
    purpose: string,
  ): Promise<{ readonly ended: Promise<void> }>;
  setMonitoring(supervisor: string, mode: MonitoringMode): Promise<void>;
  stopMonitoring(supervisor: string): Promise<void>;
  setState(
    supervisor: string,
    agent: AgentId,
    state: 'available' | 'break' | 'signed-out',
    reason?: string,
  ): Promise<void>;
  assign(supervisor: string, agent: AgentId, queues: Readonly<Record<QueueName, number>>): Promise<void>;
  setEmergency(supervisor: string, queue: QueueName, emergency: boolean): Promise<void>;
  /** The queue that a callback waits in. @throws IvrError NOT_FOUND */
  queueOfCallback(entry: EntryId): QueueName;
  /** @throws IvrError NOT_FOUND, CONFLICT (they are being called), USAGE (the queue is closed then) */
  orderCallback(supervisor: string, entry: EntryId, order: CallbackOrder): Promise<void>;
  /** To the desks of all who work on these queues; of none: to all. */
  broadcast(supervisor: string, text: string, queues: readonly QueueName[]): Promise<void>;
}
