import type { SpokenLanguage } from '../language/spoken-language.ts';
import type { CalendarDate } from '../language/item-language.ts';

/** What callers may be asked for. PINs and passwords are not among them: the bank compares those, never we. */
export type IdentityItem = 'name' | 'date-of-birth' | 'postcode' | 'account-number' | 'card-number' | 'phone-number';

/** What the bank knows of a customer, as far as callers are asked for it. Never said, logged or shown. */
export interface CustomerReference {
  readonly customer: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly dateOfBirth: CalendarDate;
  readonly postcode: string;
  readonly accounts: readonly string[];
  readonly cards: readonly string[];
  readonly phones: readonly string[];
  /** How the name is said. */
  readonly language: SpokenLanguage;
}
