import { IvrError } from '../domain/error.ts';
import type { AgentId } from '../queues/queue-fact.ts';
import type { Monitoring } from './attended-entry.ts';
import type { OpenDesks } from './open-desks.ts';
import type { AgentView, MonitoringMode } from './supervision.ts';

interface Listening {
  readonly agent: AgentId;
  mode: MonitoringMode;
  /** Undefined: the supervisor is being called. */
  monitoring: Monitoring | undefined;
  /** Not wanted any more, while the supervisor was called. */
  stopped: boolean;
}

/** Supervisors who listen to somebody, one conversation each. */
export interface Monitors {
  begin(supervisor: string, agent: AgentId, mode: MonitoringMode): Promise<{ readonly ended: Promise<void> }>;
  /** @throws IvrError NO_TALK */
  change(supervisor: string, mode: MonitoringMode): void;
  /** Also while they are being called. */
  stop(supervisor: string): Promise<void>;
  of(agent: AgentId): Pick<AgentView, 'monitors'>;
}

export function openMonitors(desks: Pick<OpenDesks, 'attendedBy'>, onChange: () => void): Monitors {
  const listening = new Map<string, Listening>();

  function forget(supervisor: string, one: Listening): void {
    if (listening.get(supervisor) !== one) return;
    listening.delete(supervisor);
    onChange();
  }

  return {
    async begin(supervisor, agent, mode) {
      const entry = desks.attendedBy(agent);
      if (entry?.talk() === undefined) throw new IvrError('NO_TALK', 'the agent is not in a conversation', { agent });
      if (listening.has(supervisor))
        throw new IvrError('CONFLICT', 'you are already listening to a conversation', { agent });
      const one: Listening = { agent, mode, monitoring: undefined, stopped: false };
      listening.set(supervisor, one);
      try {
        const monitoring = await entry.monitor(supervisor, mode);
        if (one.stopped) {
          await monitoring.stop();
          throw new IvrError('NO_TALK', 'you have stopped it', { agent });
        }
        one.monitoring = monitoring;
        void monitoring.ended.then(() => forget(supervisor, one));
        onChange();
        return { ended: monitoring.ended };
      } catch (thrown) {
        forget(supervisor, one);
        throw thrown;
      }
    },
    change(supervisor, mode) {
      const one = listening.get(supervisor);
      if (one?.monitoring === undefined) throw new IvrError('NO_TALK', 'you are not listening to a conversation');
      one.monitoring.setMode(mode);
      one.mode = mode;
      onChange();
    },
    async stop(supervisor) {
      const one = listening.get(supervisor);
      if (one === undefined) return;
      one.stopped = true;
      await one.monitoring?.stop();
    },
    of(agent) {
      const monitors = [...listening].flatMap(([supervisor, one]) =>
        one.agent === agent && one.monitoring !== undefined ? [{ supervisor, mode: one.mode }] : [],
      );
      return monitors.length === 0 ? {} : { monitors };
    },
  };
}
