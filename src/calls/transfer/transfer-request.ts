import type { TransferOutcome } from '../../domain/call-event.ts';
import type { ContactId, LegId } from '../../domain/ids.ts';
import type { Scope } from '../../lib/scope.ts';
import type { EndpointEvent, TrackName } from '../../media/media-server.ts';
import type { Recording } from '../../recording/recorder.ts';
import type { CallParties, Dialog } from '../../signalling/signalling.ts';
import type { AnchoredLeg } from '../leg/anchored-leg.ts';
import type { RecordingPause } from '../recording-pause.ts';
import type { Joined } from './join-legs.ts';

export interface TransferRequest {
  readonly contact: ContactId;
  readonly caller: AnchoredLeg;
  /** The leg beside which the person's media has to be; default: the caller's. */
  readonly near?: AnchoredLeg;
  /** What the person says is recorded on it; default: `agent`. */
  readonly track?: TrackName;
  /** How the person takes part; default: the two are joined. @returns what happens to it */
  readonly meet?: (person: AnchoredLeg) => Joined;
  /** The caller's dialog, for a transfer by REFER. */
  readonly dialog: Pick<Dialog, 'refer'>;
  readonly recording: Recording | undefined;
  readonly pause: RecordingPause;
  readonly ringMs: number;
  /** The person can be heard. */
  readonly onTalking?: () => void;
  readonly context: Readonly<Record<string, string>>;
  /** For whom is called: whose call it is. */
  readonly parties: CallParties;
  /** What the caller's system says to the person's (RFC 7433). */
  readonly userToUser?: string | undefined;
}

export interface Transferred {
  /** `verify`: the agent waits while the bot verifies the caller again; the next transfer of the call leads back to them. */
  readonly outcome: TransferOutcome | 'verify';
  /** The caller talks to the person without us: there is nothing left to be said. */
  readonly gone: boolean;
  /** The caller is called back: there is nothing left to be said. */
  readonly booked?: boolean;
}

/** The call to a person whom a caller is given to. */
export interface PersonCall extends TransferRequest {
  /** The person's. */
  readonly leg: LegId;
  readonly person: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Who calls, for who is called at an address; routes to numbers have rules of their own. */
  readonly identity: Readonly<Record<string, string>>;
  /** The caller hung up. */
  readonly signal: AbortSignal;
  /** Closed when the transfer is over. */
  readonly scope: Scope;
  /** What the person's media tells: keys, ends of what is played to them. */
  readonly onAgentEvent?: (event: EndpointEvent) => void;
}

/** One way of transferring, under way. */
export interface TransferUnderWay extends PersonCall {
  /** The person can be heard. */
  readonly talks: () => void;
  /** The person has handed the caller over to somebody else, whose leg that is. */
  readonly handsOver: (leg: LegId) => void;
}
