import type { ContactId } from './ids.ts';

/** What a call's journal tells of customers who are called back. */
export type CallbackFact =
  /** They are called back when it is their turn. `other_number`: at another number than they call from; `pending`: they already are to be. */
  | {
      readonly type: 'callback-booked';
      readonly entry: string;
      readonly queue: string;
      readonly other_number: boolean;
      readonly pending: boolean;
    }
  /** In the call back. `earlier`: the contact in which it was asked for. */
  | {
      readonly type: 'callback-called';
      readonly entry: string;
      readonly queue: string;
      readonly attempt: number;
      readonly earlier: ContactId;
    }
  /** `because`: they are there, or why they are not. */
  | { readonly type: 'callback-ended'; readonly entry: string; readonly because: string };
