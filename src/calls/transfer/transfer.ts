import type { TransferMethod, TransferOutcome } from '../../domain/call-event.ts';
import { asError, IvrError } from '../../domain/error.ts';
import { newLegId } from '../../domain/ids.ts';
import { maskNumber } from '../../domain/secret.ts';
import { Scope } from '../../lib/scope.ts';
import type { CallServices } from '../call-services.ts';
import { bridgePerson } from './bridge-person.ts';
import { transferHeaders } from './transfer-headers.ts';
import { referToPerson } from './refer-to-person.ts';
import type { TransferRequest, Transferred, TransferUnderWay } from './transfer-request.ts';

/**
 * Brings a person and the caller together, the way that is configured, while the caller hears music; comes back when
 * that is over. Ends early when `signal` aborts (the caller hung up). Never rejects for what people do.
 */
export async function transferToPerson(
  request: TransferRequest,
  services: CallServices,
  signal: AbortSignal,
): Promise<Transferred> {
  const { clock, logger } = services;
  const { person, personMethod: method } = services.settings;
  const note = (fact: Parameters<CallServices['note']>[1]): void => services.note(request.contact, fact);
  let leg = newLegId(clock.wall());
  let talkedFrom: number | undefined;
  const ended = (outcome: TransferOutcome): Transferred => {
    const talked = talkedFrom === undefined ? 0 : Math.round(clock.now() - talkedFrom);
    note({ type: 'transfer-ended', leg, outcome, method, talked_ms: talked });
    return { outcome, gone: method === 'refer' && outcome === 'completed' };
  };
  if (person === undefined) return ended('failed');
  const scope = new Scope((error) => logger.error({ leg }, 'a transfer could not release its resources', error));
  const underWay: TransferUnderWay = {
    ...request,
    leg,
    person,
    signal,
    scope,
    ...transferHeaders(request),
    handsOver: (next) => {
      ended('completed');
      leg = next;
      talkedFrom = undefined;
    },
    talks: () => {
      talkedFrom = clock.now();
      request.onTalking?.();
    },
  };
  // an agent may have typed it: somebody's own number
  note({ type: 'transfer-ringing', leg, to: person.startsWith('tel:') ? maskNumber(person) : person, method });
  try {
    const outcome = await WAYS[method](underWay, services).catch((thrown: unknown) => failure(thrown));
    return ended(outcome);
  } finally {
    await scope.close();
  }

  function failure(thrown: unknown): TransferOutcome {
    if (signal.aborted) return 'caller-hung-up';
    const code = thrown instanceof IvrError ? thrown.code : 'INTERNAL';
    logger.error({ leg, code }, 'the transfer failed', asError(thrown));
    return 'failed';
  }
}

const WAYS: Readonly<
  Record<TransferMethod, (underWay: TransferUnderWay, services: CallServices) => Promise<TransferOutcome>>
> = { bridge: bridgePerson, refer: referToPerson };
