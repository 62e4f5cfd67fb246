import type { EndReason } from '../../domain/call-event.ts';
import type { ContactId } from '../../domain/ids.ts';
import type { Scope } from '../../lib/scope.ts';
import type { Endpoint } from '../../media/media-server.ts';
import type { Recording } from '../../recording/recorder.ts';
import type { CallParties } from '../../signalling/signalling.ts';
import type { Transferred } from '../transfer/transfer-request.ts';
import type { Transfer } from './contact-state.ts';

export interface ConversationOptions {
  readonly contact: ContactId;
  readonly parties: Pick<CallParties, 'caller' | 'called' | 'divertedFrom'>;
  readonly endpoint: Endpoint;
  readonly recording: Recording | undefined;
  readonly scope: Scope;
  /** Brings a person onto the line; resolves when they have left. Never rejects for what people do. */
  readonly transfer: (asked: Transfer) => Promise<Transferred>;
  /** The dialogue wants the call to end. */
  readonly onHangUp: (because: EndReason) => void;
  /** A defect: this call cannot go on, the others can. */
  readonly onDefect: (error: Error) => void;
}
