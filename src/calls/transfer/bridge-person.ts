import type { TransferOutcome } from '../../domain/call-event.ts';
import { asError } from '../../domain/error.ts';
import { newLegId } from '../../domain/ids.ts';
import { maskNumber } from '../../domain/secret.ts';
import { Scope } from '../../lib/scope.ts';
import type { ReferredCall } from '../../signalling/signalling.ts';
import type { CallServices } from '../call-services.ts';
import { firstOf } from './first-of.ts';
import { playHoldMusic } from './hold-music.ts';
import { joinLegs } from './join-legs.ts';
import { type NotReached, type ReachedPerson, reachPerson } from './reach-person.ts';
import type { TransferUnderWay } from './transfer-request.ts';

/** Rings the person while the caller hears music, joins the two, and comes back when the person, or who took over from them, has left. */
export async function bridgePerson(transfer: TransferUnderWay, services: CallServices): Promise<TransferOutcome> {
  const { caller, contact, scope } = transfer;
  const stopMusic = playHoldMusic(caller, contact, services.holdMusic);
  scope.defer(stopMusic);
  const reached = await reachPerson(transfer, services);
  if ('outcome' in reached) return reached.outcome;
  stopMusic();
  return talk(transfer, reached, services);
}

/** The caller and the person talk until one of them leaves; the person may hand the caller over to somebody else (REFER). */
async function talk(
  transfer: TransferUnderWay,
  person: ReachedPerson,
  services: CallServices,
): Promise<TransferOutcome> {
  const { caller, recording, pause, scope, signal, meet } = transfer;
  const { agent, dialog, left, lost } = person;
  if (meet !== undefined) return talkAsTold(transfer, person, meet, services);
  let refers: (referred: ReferredCall) => void = () => undefined;
  dialog.onRefer((referred) =>
    services.mayRefer?.(referred.uri) === true
      ? refers(referred)
      : referred.refuse(services.mayRefer === undefined ? 603 : 403),
  );
  recording?.joined('agent', 'person');
  scope.defer(() => caller.unbridge());
  for (const leg of [caller, agent]) scope.defer(pause.joined(leg));
  transfer.talks();
  for (;;) {
    const referral = new Promise<ReferredCall>((resolve) => {
      refers = once(resolve);
    });
    const { apart, stop } = joinLegs(caller, agent, services.logger);
    const end = await firstOf<'left' | 'lost' | ReferredCall>(
      signal,
      undefined,
      services.clock,
      left,
      lost,
      apart,
      referral,
    ).finally(stop);
    refers = (referred) => referred.refuse(491);
    if (typeof end === 'object') {
      const next = await handOver(transfer, person, end, services);
      if (next === undefined) continue; // whoever referred is still there, or has left: then that ends it
      return next;
    }
    pause.resume('talk-ended');
    recording?.left('agent');
    return end === 'aborted' ? 'caller-hung-up' : end === 'left' ? 'completed' : 'failed';
  }
}

/** The person takes part in a conversation that others keep, until one of them leaves, or has died without hanging up; they hand nobody over. */
async function talkAsTold(
  { scope, signal, talks }: TransferUnderWay,
  { agent, dialog, left, lost, silent }: ReachedPerson,
  meet: NonNullable<TransferUnderWay['meet']>,
  { clock }: CallServices,
): Promise<TransferOutcome> {
  dialog.onRefer((referred) => referred.refuse(603));
  const { apart, stop } = meet(agent);
  scope.defer(stop);
  talks();
  const dead = silent.then(() => 'lost' as const);
  const end = await firstOf<'left' | 'lost'>(signal, undefined, clock, left, lost, apart, dead);
  return end === 'aborted' ? 'caller-hung-up' : end === 'left' ? 'completed' : 'failed';
}

/** One REFER at a time: the others are refused. */
const once = (take: (referred: ReferredCall) => void): ((referred: ReferredCall) => void) => {
  let taken = false;
  return (referred) => {
    if (taken) return referred.refuse(491);
    taken = true;
    take(referred);
  };
};

/**
 * Calls whom the person refers the caller to, who hears music meanwhile. When they are there the person is hung up on, and the talk
 * goes on with them; when they are not, the person and the caller are joined again.
 *
 * @returns how the talk with them ended; undefined when they were not reached
 */
async function handOver(
  transfer: TransferUnderWay,
  before: ReachedPerson,
  referred: ReferredCall,
  services: CallServices,
): Promise<TransferOutcome | undefined> {
  const { caller, contact, recording, pause, signal } = transfer;
  referred.accept();
  pause.resume('handed-over');
  caller.unbridge();
  const stopMusic = playHoldMusic(caller, contact, services.holdMusic);
  const own = new Scope((error) =>
    services.logger.error({ contact }, 'a transfer could not release its resources', error),
  );
  transfer.scope.defer(() => own.close());
  const leg = newLegId(services.clock.wall());
  services.note(contact, { type: 'transfer-ringing', leg, to: masked(referred.uri), method: 'bridge' });
  const next: TransferUnderWay = {
    ...transfer,
    leg,
    person: referred.uri,
    scope: own,
    headers: {
      ...transfer.headers,
      ...(referred.replaces === undefined ? {} : { Replaces: referred.replaces, Require: 'replaces' }),
      ...(referred.referredBy === undefined ? {} : { 'Referred-By': referred.referredBy }),
    },
  };
  const reached = await reachPerson(next, services)
    .catch((thrown: unknown): NotReached => {
      if (signal.aborted) return { outcome: 'caller-hung-up', status: 487 };
      services.logger.error({ leg }, 'a caller could not be handed over', asError(thrown));
      return { outcome: 'failed', status: 480 };
    })
    .finally(stopMusic);
  if ('outcome' in reached) {
    referred.ended(reached.status);
    services.note(contact, { type: 'transfer-ended', leg, outcome: reached.outcome, method: 'bridge', talked_ms: 0 });
    await own.close();
    return signal.aborted ? 'caller-hung-up' : undefined;
  }
  referred.ended(200);
  recording?.left('agent');
  transfer.handsOver(leg);
  // both are waited for, and told of, when the transfer is over; whoever comes next is on the same track of the recording
  void before.dialog.bye().catch(() => undefined);
  void before.agent.close().catch(() => undefined);
  return talk(next, reached, services);
}

/** Whom a URI names is masked as the numbers of callers are; where they are is not. */
function masked(uri: string): string {
  const host = uri.includes('@') ? uri.lastIndexOf('@') : uri.length;
  return maskNumber(uri.slice(0, host)) + uri.slice(host);
}
