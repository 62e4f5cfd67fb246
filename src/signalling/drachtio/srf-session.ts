import type { SrfRequest, SrfResponse } from '../../drachtio/drachtio-srf.ts';
import { type SessionBody, sessionBodyOf } from '../../sdp/session-body.ts';

/** The session description that a message of a far end carries, alone or among other parts. */
export const sessionOf = (message: Pick<SrfRequest | SrfResponse, 'get' | 'body'>): SessionBody =>
  sessionBodyOf(message.get('content-type'), message.get('content-disposition'), message.body ?? '');
