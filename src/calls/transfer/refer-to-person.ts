import type { TransferOutcome } from '../../domain/call-event.ts';
import { ms } from '../../domain/units.ts';
import { withUserToUser } from '../../domain/user-to-user.ts';
import type { CallServices } from '../call-services.ts';
import { untilAborted } from '../until-aborted.ts';
import { playHoldMusic } from './hold-music.ts';
import type { TransferUnderWay } from './transfer-request.ts';

/** Asks the caller's telephone to call the person itself, and learns how that went. We take no part in their call. */
export async function referToPerson(transfer: TransferUnderWay, services: CallServices): Promise<TransferOutcome> {
  const { caller, contact, dialog, person, userToUser, identity, headers, ringMs, scope, signal } = transfer;
  scope.defer(playHoldMusic(caller, contact, services.holdMusic));
  const { outcome } = await untilAborted(
    dialog.refer(withUserToUser(person, userToUser), { headers: { ...identity, ...headers }, timeout: ms(ringMs) }),
    signal,
  );
  return outcome === 'referred' ? 'completed' : 'failed';
}
