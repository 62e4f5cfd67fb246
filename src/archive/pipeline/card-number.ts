/** 13 to 19 digits, alone or in groups. */
const DIGITS = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g;

/** Whether a number of a payment card (ISO/IEC 7812: 13 to 19 digits, Luhn) stands in a text. */
export const holdsCardNumber = (text: string): boolean =>
  [...text.matchAll(DIGITS)].some(([found]) => isLuhn(found.replaceAll(/\D/g, '')));

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
