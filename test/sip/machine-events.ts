import { startInviteClient, stepInviteClient } from '../../src/sip/transaction/invite-client.ts';
import { startInviteServer, stepInviteServer } from '../../src/sip/transaction/invite-server.ts';
import { startNonInviteClient, stepNonInviteClient } from '../../src/sip/transaction/non-invite-client.ts';
import { startNonInviteServer, stepNonInviteServer } from '../../src/sip/transaction/non-invite-server.ts';
import type { TimerName } from '../../src/sip/transaction/timers.ts';
import { MachineRun } from './machine-run.ts';

export const fired = (timer: TimerName) => ({ type: 'timer-fired', timer }) as const;
export const inviteClient = (reliable = false) => new MachineRun(startInviteClient(reliable), stepInviteClient, fired);
export const nonInviteClient = (reliable = false) =>
  new MachineRun(startNonInviteClient(reliable), stepNonInviteClient, fired);
export const inviteServer = (reliable = false) => new MachineRun(startInviteServer(reliable), stepInviteServer, fired);
export const nonInviteServer = (reliable = false) =>
  new MachineRun(startNonInviteServer(reliable), stepNonInviteServer, fired);

export const received = (status: number) => ({ type: 'response-received', status }) as const;
export const given = (status: number) => ({ type: 'response-given', status }) as const;
export const again = { type: 'request-retransmitted' } as const;
export const failed = { type: 'transport-failed' } as const;
