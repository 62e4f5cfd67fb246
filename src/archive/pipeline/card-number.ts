import { passesLuhn } from '../../domain/luhn.ts';

/** 13 to 19 digits, alone or in groups. */
const DIGITS = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g;

/** Whether a number of a payment card (ISO/IEC 7812: 13 to 19 digits, Luhn) stands in a text. */
export const holdsCardNumber = (text: string): boolean =>
  [...text.matchAll(DIGITS)].some(([found]) => passesLuhn(found.replaceAll(/\D/g, '')));
