import type { NegotiatedMedia } from '../../../src/media/engine/media-protocol.ts';

/** How long anything is waited for, ms. */
export const LIMIT = 8_000;

/** What a fork's far end and FreeSWITCH have agreed on. */
export const media = (over: Partial<NegotiatedMedia> = {}): NegotiatedMedia => ({
  codec: 'PCMU',
  payloadType: 0,
  telephoneEvent: 101,
  eventTypes: [101],
  remote: undefined,
  send: true,
  receive: true,
  held: false,
  ...over,
});
