import type { TransferOutcome } from '../../domain/call-event.ts';
import { newLegId, turnId } from '../../domain/ids.ts';
import { ms, type WallMs } from '../../domain/units.ts';
import { Scope } from '../../lib/scope.ts';
import type { AgentId } from '../../queues/queue-fact.ts';
import { reachPerson } from '../transfer/reach-person.ts';
import { transferHeaders } from '../transfer/transfer-headers.ts';
import type { TransferRequest } from '../transfer/transfer-request.ts';
import type { AgentWay, QueueingServices, WayUser } from './call-queues.ts';
import type { LineEnd } from './visit-state.ts';

export interface AgentRequest {
  readonly agent: AgentId;
  /** Unix ms, of the offer. */
  readonly until: WallMs;
  readonly transfer: TransferRequest;
  /** The customer has left, or the offer is over. */
  readonly over: AbortSignal;
}

/**
 * Makes the way to an agent: by the call that their browser is kept in, or by one to their telephone.
 *
 * @throws whatever fails on our side
 */
export async function reachAgent(
  { agent, until, transfer, over }: AgentRequest,
  user: WayUser,
  services: QueueingServices,
): Promise<AgentWay | LineEnd> {
  const { queues } = services;
  const { caller, near = caller, contact, recording, track = 'agent' } = transfer;
  const known = queues.service.floor.agents.get(agent);
  if (known?.device === 'browser') {
    if (known.node !== queues.service.node || !queues.lines.isOpen(agent)) return 'unreachable';
    return queues.lines.wayTo(agent, { contact, caller: near, recording, track, over }, user);
  }
  const telephone = queues.telephoneOf(agent);
  if (telephone === undefined) return 'unreachable';
  return telephoneWay({ agent, until, transfer, over }, telephone, user, services);
}

async function telephoneWay(
  { until, transfer, over }: AgentRequest,
  telephone: string,
  user: WayUser,
  services: QueueingServices,
): Promise<AgentWay | LineEnd> {
  const { clock, logger } = services;
  const scope = new Scope((error) => logger.warn({}, 'the call to an agent’s telephone did not end', error));
  const leg = newLegId(clock.wall());
  let silent = false;
  try {
    const reached = await reachPerson(
      {
        ...transfer,
        ...transferHeaders(transfer),
        leg,
        person: telephone,
        ringMs: ms(Math.max(1_000, until - clock.wall())),
        signal: over,
        scope,
        onAgentEvent(event) {
          user.onEvent(event);
          // a telephone that is gone without a BYE: the customer is not left to dead air
          if (event.type === 'rtp-lost') {
            silent = true;
            user.onEnded('lost');
          }
          if (event.type === 'rtp-began' && silent) {
            silent = false;
            user.onBack();
          }
          if (event.type === 'digit' && typeof event.digit === 'string') user.onKey(event.digit);
        },
      },
      services,
    );
    if ('outcome' in reached) {
      await scope.close();
      return ENDS[reached.outcome];
    }
    void reached.left.then((because) => user.onEnded(because === 'left' ? 'left' : 'lost'));
    void reached.lost.then(() => user.onEnded('lost'));
    return { leg: reached.agent, whispers: true, open: () => undefined, close: () => scope.close() };
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}

const ENDS = {
  'no-answer': 'no-answer',
  busy: 'declined',
  declined: 'declined',
  failed: 'unreachable',
  'caller-hung-up': 'no-answer',
  completed: 'failed',
} as const satisfies Record<TransferOutcome, LineEnd>;

/** Says to the agent alone who calls. @returns the way to stop */
export function whisper(
  way: AgentWay,
  contact: TransferRequest['contact'],
  text: string,
  language: string,
  services: QueueingServices,
): () => void {
  const clip = services.speech.say({ text, language, kind: 'dynamic' });
  const playback = way.leg.play({ turn: turnId(contact, 0), clips: [clip], bargeIn: 'keys' });
  return () => {
    way.leg.stop(playback);
    services.speech.release([clip]);
  };
}
