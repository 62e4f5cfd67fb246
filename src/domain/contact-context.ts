import type { ContactId, RecordingId } from './ids.ts';
import type { WallMs } from './units.ts';

/** One sentence of a conversation, as staff may read it: masked. */
export interface ContextLine {
  readonly at: WallMs;
  readonly side: 'customer' | 'bot' | 'agent';
  readonly text: string;
}

/** All that is known of a contact, for the person who goes on with it. Nothing in it is secret: PINs and codes never come here, numbers are masked. */
export interface ContactContext {
  readonly contact: ContactId;
  readonly since: WallMs;
  readonly caller: string;
  readonly called: string;
  readonly language: string;
  /** What the customer is called by the bank; absent: not known. */
  readonly customer?: { readonly name: string; readonly valueClass?: string; readonly products: readonly string[] };
  /** How it was proved who they are; absent: it was not. */
  readonly verified?: { readonly how: string; readonly at: WallMs };
  /** An agent had it proved again: what came of that; absent: none did. */
  readonly verifiedAgain?: { readonly at: WallMs; readonly outcome: 'asked' | 'verified' | 'not-verified' };
  /** What they want, the latest first; confidence 0…1. */
  readonly intents: readonly { readonly name: string; readonly confidence: number }[];
  readonly slots: Readonly<Record<string, string>>;
  readonly transcript: readonly ContextLine[];
  /** −1 (angry) … 1 (content), of the last turn and its change over the call. */
  readonly sentiment: { readonly now: number; readonly trend: number };
  /** What the bot did, and where it did not get on. */
  readonly tried: readonly { readonly what: string; readonly result: 'done' | 'failed' | 'refused' }[];
  readonly pastContacts: readonly {
    readonly contact: ContactId;
    readonly at: WallMs;
    readonly intent?: string;
    readonly outcome: string;
  }[];
  readonly tickets: readonly { readonly id: string; readonly department: string; readonly state: string }[];
  readonly recording?: RecordingId;
  readonly dialplan: { readonly id: string; readonly version: string };
}

/** Of a contact of which nothing more is known so far. */
export const newContactContext = (
  known: Pick<ContactContext, 'contact' | 'since' | 'caller' | 'called' | 'language' | 'dialplan'>,
): ContactContext => ({
  ...known,
  intents: [],
  slots: {},
  transcript: [],
  sentiment: { now: 0, trend: 0 },
  tried: [],
  pastContacts: [],
  tickets: [],
});
