import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { AgentDesks, DeskEvent } from '../../../agents/agent-desk.ts';
import { IvrError } from '../../../domain/error.ts';
import { ms } from '../../../domain/units.ts';
import { type CancelTimer, type Clock, systemClock } from '../../../lib/clock.ts';
import { type EventStream, openEventStream } from '../../event-stream.ts';

/** A page is asked for a sign of life so often. */
const ASKED_EVERY = ms(5_000);
/** One that has not given it for so long is frozen, or gone: nothing is offered to it. */
const SILENT_AFTER = ms(7_000);

/** The one window of an agent in which the desk is open: its events go there, and commands are taken from there alone. */
interface Desk {
  readonly id: string;
  readonly stream: EventStream;
  stopAsking: CancelTimer;
  nonce: string;
  /** Undefined: the latest sign of life was given. */
  stopWaiting: CancelTimer | undefined;
  /** Undefined: the page is silent. */
  unsubscribe: (() => void) | undefined;
}

export interface DeskStreams {
  /**
   * Answers with the events of the desk. Where it is open in another window that window keeps it, unless this one takes it over.
   *
   * @param id - of the window: the same after a reload
   */
  open(agent: string, id: string, take: boolean, reply: FastifyReply): void;
  /** @throws IvrError DESK_ELSEWHERE */
  beat(agent: string, id: string, nonce: string): void;
  /** @throws IvrError DESK_ELSEWHERE */
  expectOpen(agent: string, id: string): void;
  close(): void;
}

export function openDeskStreams(
  desks: Pick<AgentDesks, 'subscribe'>,
  clock: Pick<Clock, 'after'> = systemClock,
): DeskStreams {
  const open = new Map<string, Desk>();

  function listen(agent: string, desk: Desk): void {
    desk.unsubscribe ??= desks.subscribe(agent, (event: DeskEvent) => desk.stream.send(event.type, event));
  }
  function fallSilent(desk: Desk): void {
    desk.unsubscribe?.();
    desk.unsubscribe = undefined;
  }
  function ask(desk: Desk): void {
    desk.nonce = randomUUID();
    desk.stopWaiting ??= clock.after(SILENT_AFTER, () => fallSilent(desk));
    desk.stream.send('beat', { nonce: desk.nonce });
    desk.stopAsking = clock.after(ASKED_EVERY, () => ask(desk));
  }
  function leave(agent: string, desk: Desk): void {
    desk.stopAsking();
    desk.stopWaiting?.();
    fallSilent(desk);
    if (open.get(agent) === desk) open.delete(agent);
  }
  function own(agent: string, id: string): Desk {
    const desk = open.get(agent);
    if (desk?.id !== id) throw new IvrError('DESK_ELSEWHERE', 'the desk is not open in this window');
    return desk;
  }

  return {
    open(agent, id, take, reply) {
      if (reply.raw.destroyed) return void reply.hijack();
      const before = open.get(agent);
      if (before !== undefined && before.id !== id && !take) {
        const stream = openEventStream(reply, () => undefined);
        stream.send('elsewhere', {});
        stream.end();
        return;
      }
      const stream = openEventStream(reply, () => leave(agent, desk));
      const desk: Desk = {
        id,
        stream,
        stopAsking: () => undefined,
        nonce: '',
        stopWaiting: undefined,
        unsubscribe: undefined,
      };
      open.set(agent, desk);
      // the new window listens before the former one stops: nobody is taken for gone in between
      listen(agent, desk);
      if (before !== undefined) {
        before.stream.send('elsewhere', {});
        before.stream.end();
        leave(agent, before);
      }
      ask(desk);
    },
    beat(agent, id, nonce) {
      const desk = own(agent, id);
      if (desk.nonce !== nonce) return;
      desk.stopWaiting?.();
      desk.stopWaiting = undefined;
      listen(agent, desk);
    },
    expectOpen: (agent, id) => void own(agent, id),
    close() {
      for (const [agent, desk] of open) {
        leave(agent, desk);
        desk.stream.end();
      }
    },
  };
}
