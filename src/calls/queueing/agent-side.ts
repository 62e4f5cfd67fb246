import { asError } from '../../domain/error.ts';
import { joinLegs } from '../transfer/join-legs.ts';
import type { AgentWay, QueueingServices } from './call-queues.ts';
import { reachAgent, whisper } from './reach-agent.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import type { VisitEffect, VisitEvent } from './visit-state.ts';

type Reach = Extract<VisitEffect, { readonly do: 'reach' }>;

/** The agent's side of a visit: the way to them while they are offered the customer or talk to them. */
export class AgentSide {
  readonly #request: QueueVisitRequest;
  readonly #services: QueueingServices;
  readonly #signal: AbortSignal;
  readonly #dispatch: (event: VisitEvent) => void;
  readonly #closing: Promise<unknown>[] = [];
  #reaching = new AbortController();
  #stopWhisper = (): void => undefined;
  #stopJoin = (): void => undefined;
  #recorded = false;
  #way: AgentWay | undefined;

  constructor(
    request: QueueVisitRequest,
    services: QueueingServices,
    signal: AbortSignal,
    dispatch: (event: VisitEvent) => void,
  ) {
    this.#request = request;
    this.#services = services;
    this.#signal = signal;
    this.#dispatch = dispatch;
  }

  get leg(): AgentWay['leg'] | undefined {
    return this.#way?.leg;
  }

  reach(asked: Reach): void {
    void this.#reach(asked).catch((thrown: unknown) => {
      const { logger, queues } = this.#services;
      logger.error({ contact: this.#request.contact }, 'the way to an agent could not be made', asError(thrown));
      // else the same agent would be offered again at once, and again
      queues.desks.unreachable(asked.agent);
      this.#dispatch({ type: 'line-failed', fence: asked.fence, because: 'failed' });
    });
  }

  async #reach({ agent, fence, until }: Reach): Promise<void> {
    const aborting = new AbortController();
    this.#reaching = aborting;
    const over = AbortSignal.any([this.#signal, aborting.signal]);
    const found = await reachAgent(
      { agent, until, transfer: this.#request, over },
      {
        onEnded: (because) => this.#dispatch({ type: 'line-ended', fence, because }),
        onAway: () => this.#dispatch({ type: 'line-away', fence }),
        onBack: () => this.#dispatch({ type: 'line-back', fence }),
        onKey: (key) => this.#dispatch({ type: 'agent-key', fence, key }),
      },
      this.#services,
    ).catch((thrown: unknown) => {
      if (over.aborted) return 'no-answer' as const; // it is not wanted any more
      throw thrown;
    });
    if (typeof found === 'string') {
      if (found === 'unreachable') this.#services.queues.desks.unreachable(agent);
      return this.#dispatch({ type: 'line-failed', fence, because: found });
    }
    if (over.aborted) return void this.#closing.push(found.close());
    this.#way = found;
    this.#dispatch({ type: 'line-ready', fence, whispers: found.whispers });
  }

  brief(text: string): void {
    if (this.#way === undefined) return;
    const { contact } = this.#request;
    this.#stopWhisper = whisper(this.#way, contact, text, this.#services.dialogue.language, this.#services);
  }

  /** Both hear each other. @param fence - of the offer that was accepted */
  join(agent: string, fence: number): void {
    const way = this.#way;
    if (way === undefined) return;
    this.#endWhisper();
    way.open();
    const { caller, recording, pause } = this.#request;
    this.#stopJoin();
    const { stop, apart } = joinLegs(caller, way.leg, this.#services.logger);
    const goOn = [caller, way.leg].map((leg) => pause.joined(leg));
    this.#stopJoin = () => {
      pause.resume('held');
      for (const each of goOn) each();
      stop();
    };
    void apart.then(() => this.#dispatch({ type: 'line-ended', fence, because: 'lost' }));
    if (!this.#recorded) recording?.joined('agent', agent);
    this.#recorded = true;
    this.#request.onTalking?.();
  }

  part(): void {
    this.#stopJoin();
    this.#stopJoin = () => undefined;
    this.#request.caller.unbridge();
  }

  release(): void {
    this.#reaching.abort();
    this.#endWhisper();
    this.#stopJoin();
    this.#stopJoin = () => undefined;
    if (this.#recorded) this.#request.recording?.left('agent');
    this.#recorded = false;
    if (this.#way !== undefined) this.#closing.push(this.#way.close());
    this.#way = undefined;
  }

  async close(): Promise<void> {
    this.release();
    await Promise.allSettled(this.#closing);
  }

  #endWhisper(): void {
    this.#stopWhisper();
    this.#stopWhisper = () => undefined;
  }
}
