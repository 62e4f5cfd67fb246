import { asError, IvrError } from '../../domain/error.ts';
import type { AgentId } from '../../queues/queue-fact.ts';
import { Scope } from '../../lib/scope.ts';
import { keepBeside } from '../leg/keep-beside.ts';
import { joinLegs } from '../transfer/join-legs.ts';
import type { AgentWay, StandingLines, WayRequest, WayUser } from './call-queues.ts';
import { type BrowserCall, callBrowser, type LineServices } from './call-browser.ts';
import { openLegPair } from './leg-pair.ts';

type LostListener = Parameters<StandingLines['onLost']>[0];
type QualityListener = Parameters<StandingLines['onQuality']>[0];

/**
 * Keeps a call to the browser of each agent who is signed in with one. It is recorded nowhere and joined to nobody; for a customer two legs
 * of ours are put between, one beside the customer's, which records, and one beside the browser's, so that accepting joins what stands.
 *
 * @param addressOf - the SIP address of an agent's browser
 */
export const openStandingLines = (addressOf: (agent: AgentId) => string, services: LineServices): StandingLines =>
  new Lines(addressOf, services);

class Lines implements StandingLines {
  readonly #addressOf: (agent: AgentId) => string;
  readonly #services: LineServices;
  readonly #standing = new Map<AgentId, BrowserCall>();
  readonly #opening = new Map<AgentId, Promise<void>>();
  readonly #ways = new Map<AgentId, Set<BoundWay>>();
  #onLost: LostListener = () => undefined;
  #onQuality: QualityListener = () => undefined;

  constructor(addressOf: (agent: AgentId) => string, services: LineServices) {
    this.#addressOf = addressOf;
    this.#services = services;
  }

  open(agent: AgentId): Promise<void> {
    const under = this.#opening.get(agent);
    if (under !== undefined) return under;
    const now = this.#call(agent).finally(() => this.#opening.delete(agent));
    this.#opening.set(agent, now);
    return now;
  }

  isOpen(agent: AgentId): boolean {
    return this.#standing.has(agent);
  }

  async close(agent: AgentId): Promise<void> {
    const line = this.#standing.get(agent);
    this.#standing.delete(agent);
    await line?.scope.close();
  }

  onLost(listener: LostListener): void {
    this.#onLost = listener;
  }

  onQuality(listener: QualityListener): void {
    this.#onQuality = listener;
  }

  async wayTo(agent: AgentId, request: WayRequest, user: WayUser): Promise<AgentWay> {
    const line = this.#standing.get(agent);
    if (line === undefined) throw new IvrError('AGENT_UNREACHABLE', 'the agent’s browser is not in a call', { agent });
    const scope = new Scope((error) =>
      this.#services.logger.warn({ agent }, 'a line to an agent could not be ended', error),
    );
    try {
      const { inner, outer } = await openLegPair(line.leg, request, scope, this.#services);
      const way = new BoundWay(outer, user, this.#services);
      const ways = this.#ways.get(agent) ?? new Set();
      this.#ways.set(agent, ways.add(way));
      scope.defer(() => {
        way.part();
        ways.delete(way);
      });
      for (const leg of [inner, outer])
        leg.onEvent((event) => {
          if (event.type === 'failed') user.onEnded('lost');
          else if (leg === inner) user.onEvent(event);
        });
      if (!this.isOpen(agent)) user.onAway();
      const open = (): void => way.open(this.#standing.get(agent));
      return { leg: inner, whispers: false, open, close: () => scope.close() };
    } catch (thrown) {
      await scope.close();
      throw thrown;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const lines = [...this.#standing.values()];
    this.#standing.clear();
    await Promise.all(lines.map(({ scope }) => scope.close()));
  }

  #waysTo(agent: AgentId): readonly BoundWay[] {
    return [...(this.#ways.get(agent) ?? [])];
  }

  /** Calls the browser, in place of the call that it was in before. */
  async #call(agent: AgentId): Promise<void> {
    const former = this.#standing.get(agent);
    this.#standing.delete(agent);
    const ways = this.#waysTo(agent);
    for (const way of ways) way.away();
    if (former !== undefined)
      former.scope
        .close()
        .catch((thrown: unknown) =>
          this.#services.logger.warn({ agent }, 'a call to an agent’s browser did not end', asError(thrown)),
        );
    try {
      const line = await callBrowser(agent, this.#addressOf(agent), ways[0]?.outer, this.#services, {
        onGone: (gone) => this.#gone(agent, gone),
        onQuality: (quality) => this.#onQuality(agent, quality),
      });
      this.#standing.set(agent, line);
      for (const way of this.#waysTo(agent)) way.back(line);
    } catch (thrown) {
      for (const way of this.#waysTo(agent)) way.user.onAway();
      throw thrown;
    }
  }

  #gone(agent: AgentId, which: Scope): void {
    const line = this.#standing.get(agent);
    if (line?.scope !== which) return; // another call has taken its place
    this.#standing.delete(agent);
    // first: else whoever is offered to them would be offered again, at once
    this.#onLost(agent);
    for (const way of this.#waysTo(agent)) {
      way.part();
      way.user.onAway();
    }
    line.scope
      .close()
      .catch((thrown: unknown) =>
        this.#services.logger.warn({ agent }, 'a call to an agent’s browser did not end', asError(thrown)),
      );
  }
}

/** A way that ends at an agent's browser, whichever call that is in at present. */
class BoundWay {
  readonly outer: BrowserCall['leg'];
  readonly user: WayUser;
  readonly #services: LineServices;
  #opened = false;
  #part: () => void = () => undefined;

  constructor(outer: BrowserCall['leg'], user: WayUser, services: LineServices) {
    this.outer = outer;
    this.user = user;
    this.#services = services;
  }

  open(line: BrowserCall | undefined): void {
    if (this.#opened) return;
    this.#opened = true;
    if (line !== undefined) this.#bind(line);
  }

  back(line: BrowserCall): void {
    if (this.#opened) this.#bind(line);
    this.user.onBack();
  }

  /** The browser is called again: a customer who talks to the agent hears music meanwhile, an offer stands. */
  away(): void {
    this.part();
    if (this.#opened) this.user.onAway();
  }

  part(): void {
    this.#part();
    this.#part = () => undefined;
  }

  #bind(line: BrowserCall): void {
    this.part();
    const { stop } = joinLegs(line.leg, this.outer, this.#services.logger);
    const stopFollowing = keepBeside(line.leg, this.outer);
    this.#part = () => {
      stop();
      stopFollowing();
      this.outer.unbridge();
    };
  }
}
