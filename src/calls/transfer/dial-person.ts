import { type Milliseconds, ms } from '../../domain/units.ts';
import { contactToUser } from '../../domain/user-to-user.ts';
import type { DialOutcome } from '../../signalling/signalling.ts';
import type { CallServices, OutboundWay } from '../call-services.ts';
import type { PersonCall } from './transfer-request.ts';

/** Who is called, how, and for how long. */
export type Dialled = Pick<
  PersonCall,
  'leg' | 'person' | 'contact' | 'userToUser' | 'identity' | 'headers' | 'ringMs' | 'scope' | 'signal'
>;

/** A way that is silent for so long is given up when there is another one. */
const RINGS_WITHIN: Milliseconds = ms(12_000);

/**
 * Calls the person, by the next way when one fails for a reason of its own: it is silent, or says that it cannot serve the call (5xx;
 * 403: not over this trunk). What a person does (busy, no answer, declined) holds.
 *
 * @param ways - undefined: the person's own address
 */
export async function dialPerson(
  { leg, person, contact, userToUser = contactToUser(contact), identity, headers, ringMs, scope, signal }: Dialled,
  ways: readonly (OutboundWay | undefined)[],
  localSdp: string,
  { signalling, clock, logger }: Pick<CallServices, 'signalling' | 'clock' | 'logger'>,
): Promise<DialOutcome> {
  const until = clock.now() + ringMs;
  const over = AbortSignal.any([signal, scope.signal]);
  let last: DialOutcome = { outcome: 'failed', status: 404 };
  for (const [n, way] of ways.entries()) {
    let rang = false;
    const left = Math.max(0, until - clock.now());
    const isLast = n === ways.length - 1;
    if (left === 0) return last;
    const silent = new AbortController();
    const stop = isLast ? undefined : clock.after(ms(Math.min(left, RINGS_WITHIN)), () => rang || silent.abort());
    last = await signalling.dial(
      {
        uri: way?.uri ?? person,
        localSdp,
        ...(way === undefined ? {} : { from: way.from }),
        headers: {
          ...headers,
          ...(way?.headers ?? identity),
          'User-to-User': userToUser,
        },
        timeout: ms(left),
        onRinging: () => (rang = true),
      },
      AbortSignal.any([over, silent.signal]),
    );
    stop?.();
    const heard = rang || !silent.signal.aborted;
    if (last.outcome === 'answered' || over.aborted || isLast || !fails(last, heard)) return last;
    logger.warn({ leg, gateway: way?.gateway ?? '', status: last.status }, 'a route failed; the next one is tried');
  }
  return last;
}

/** @param heard - the far end has said something of the call */
function fails({ outcome, status }: Exclude<DialOutcome, { outcome: 'answered' }>, heard: boolean): boolean {
  switch (outcome) {
    case 'failed':
      return status >= 500 && status < 600;
    case 'declined':
      return status === 403;
    case 'cancelled':
      return !heard;
    case 'no-answer':
      return status === 408 && !heard;
    default:
      return false;
  }
}
