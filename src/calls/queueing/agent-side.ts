import { asError } from '../../domain/error.ts';
import type { EndpointEvent } from '../../media/media-server.ts';
import type { Part } from '../conference/conference.ts';
import type { AgentWay, QueueingServices } from './call-queues.ts';
import { reachAgent, whisper } from './reach-agent.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import type { VisitEffect, VisitEvent } from './visit-state.ts';

type Reach = Extract<VisitEffect, { readonly do: 'reach' }>;

/** The agent's side of a visit: the way to them while they are offered the customer or talk to them. */
export class AgentSide {
  readonly #request: QueueVisitRequest;
  readonly #part: Part;
  readonly #services: QueueingServices;
  readonly #signal: AbortSignal;
  readonly #dispatch: (event: VisitEvent) => void;
  readonly #closing: Promise<unknown>[] = [];
  readonly #listeners = new Set<(event: EndpointEvent) => void>();
  #reaching = new AbortController();
  #stopWhisper = (): void => undefined;
  #way: AgentWay | undefined;

  /** @param part - of the agent in the conference of the call */
  constructor(
    request: QueueVisitRequest,
    part: Part,
    services: QueueingServices,
    signal: AbortSignal,
    dispatch: (event: VisitEvent) => void,
  ) {
    this.#request = request;
    this.#part = part;
    this.#services = services;
    this.#signal = signal;
    this.#dispatch = dispatch;
  }

  get leg(): AgentWay['leg'] | undefined {
    return this.#way?.leg;
  }

  /** What the media of the way tells. @returns the way to stop */
  onEvent(listener: (event: EndpointEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reach(asked: Reach): void {
    void this.#reach(asked).catch((thrown: unknown) => {
      const { logger, queues } = this.#services;
      logger.error({ contact: this.#request.contact }, 'the line to an agent could not be set up', asError(thrown));
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
        onEvent: (event) => {
          for (const listener of this.#listeners) listener(event);
        },
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
    const apart = this.#part.join(way.leg, { track: this.#request.track ?? 'agent', who: agent });
    void apart.then(() => this.#dispatch({ type: 'line-ended', fence, because: 'lost' }));
    this.#request.onTalking?.();
  }

  part(): void {
    this.#part.rest();
  }

  release(): void {
    this.#reaching.abort();
    this.#endWhisper();
    this.#part.leave();
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
