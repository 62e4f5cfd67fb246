import type { Monitoring } from '../../agents/attended-entry.ts';
import type { MonitoringMode } from '../../agents/supervision.ts';
import { asError, IvrError } from '../../domain/error.ts';
import type { Conference } from '../conference/conference.ts';
import type { AgentSide } from './agent-side.ts';
import type { QueueingServices } from './call-queues.ts';
import { callSupervisor } from './call-supervisor.ts';
import { type Consultation, openConsultation, type VisitOnBehalf } from './consultation.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import type { VisitEffect, VisitEvent } from './visit-state.ts';

interface OthersOptions {
  readonly conference: Conference;
  readonly agentSide: AgentSide;
  /** As it is by now. */
  readonly request: () => QueueVisitRequest;
  readonly dispatch: (event: VisitEvent) => void;
  readonly visit: (request: QueueVisitRequest) => VisitOnBehalf;
}

/** Who else is in a conversation of a customer and an agent: whom the agent consults, and the supervisors who listen in. */
export class OthersInTalk {
  readonly #options: OthersOptions;
  readonly #services: QueueingServices;
  readonly #signal: AbortSignal;
  readonly #supervisors = new Set<Monitoring>();
  #consultation: Consultation | undefined;
  /** Of supervisors whose telephones ring. */
  #ringing = new AbortController();
  /** The customer was left to them. */
  handedOver: Consultation | undefined;

  constructor(options: OthersOptions, services: QueueingServices, signal: AbortSignal) {
    this.#options = options;
    this.#services = services;
    this.#signal = signal;
  }

  consult({ to, n }: Extract<VisitEffect, { readonly do: 'consult' }>): void {
    const { agentSide, conference, request, dispatch, visit } = this.#options;
    const over = (): void => dispatch({ type: 'consult-over', n });
    const { leg } = agentSide;
    if (leg === undefined) return over();
    const consultation = openConsultation(
      to,
      {
        request: request(),
        conference,
        agentLeg: leg,
        onAgentEvent: (listener) => agentSide.onEvent(listener),
        onTalking: () => dispatch({ type: 'consulted-answered', n }),
        visit,
      },
      this.#services,
      this.#signal,
    );
    this.#consultation = consultation;
    consultation.gone.then(over, over);
    consultation.over.catch((thrown: unknown) =>
      this.#services.logger.error({ contact: request().contact }, 'a consultation failed', asError(thrown)),
    );
  }

  endConsult(): void {
    this.#consultation?.end();
    this.#consultation = undefined;
  }

  handOver(): void {
    this.handedOver = this.#consultation;
    this.#consultation = undefined;
    this.handedOver?.takeOver();
  }

  /** @throws IvrError NO_TALK, AGENT_UNREACHABLE */
  async monitor(supervisor: string, mode: MonitoringMode): Promise<Monitoring> {
    const { agentSide, conference, request } = this.#options;
    const { leg } = agentSide;
    if (leg === undefined) throw new IvrError('NO_TALK', 'there is no conversation');
    const monitoring = await callSupervisor(
      { supervisor, mode, agent: leg, conference, request: request() },
      this.#services,
      AbortSignal.any([this.#signal, this.#ringing.signal]),
    );
    if (agentSide.leg !== leg) {
      await monitoring.stop();
      throw new IvrError('NO_TALK', 'the conversation is over');
    }
    this.#supervisors.add(monitoring);
    void monitoring.ended.then(() => this.#supervisors.delete(monitoring));
    return monitoring;
  }

  /** The agent leaves: whoever listened to them hears nothing more. */
  endMonitoring(): void {
    this.#ringing.abort();
    this.#ringing = new AbortController();
    for (const monitoring of this.#supervisors) void monitoring.stop();
  }
}
