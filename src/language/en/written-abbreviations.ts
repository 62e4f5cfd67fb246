/** Only before a name: 'St. Louis' but 'Main St.' */
const TITLES: Readonly<Record<string, string>> = {
  Mr: 'Mister',
  Mrs: 'Missus',
  Ms: 'Miz',
  Dr: 'Doctor',
  Prof: 'Professor',
  St: 'Saint',
};

/** With their full stop; the stop goes unless a sentence ends there. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  St: 'Street',
  Ave: 'Avenue',
  Blvd: 'Boulevard',
  Rd: 'Road',
  Apt: 'Apartment',
  Jr: 'Junior',
  Sr: 'Senior',
  Inc: 'Incorporated',
  Ltd: 'Limited',
  Corp: 'Corporation',
  Co: 'Company',
  Bros: 'Brothers',
  Dept: 'Department',
  dept: 'department',
  ext: 'extension',
  Ext: 'extension',
  tel: 'telephone',
  Tel: 'telephone',
  approx: 'approximately',
  min: 'minimum',
  max: 'maximum',
  etc: 'et cetera',
  vs: 'versus',
  Jan: 'January',
  Feb: 'February',
  Mar: 'March',
  Apr: 'April',
  Jun: 'June',
  Jul: 'July',
  Aug: 'August',
  Sep: 'September',
  Sept: 'September',
  Oct: 'October',
  Nov: 'November',
  Dec: 'December',
  Mon: 'Monday',
  Tue: 'Tuesday',
  Tues: 'Tuesday',
  Wed: 'Wednesday',
  Thu: 'Thursday',
  Thurs: 'Thursday',
  Fri: 'Friday',
  Sat: 'Saturday',
  Sun: 'Sunday',
};

const either = (words: Readonly<Record<string, string>>): string => Object.keys(words).join('|');
const TITLE = new RegExp(`\\b(${either(TITLES)})\\b\\.?(?= \\p{Lu})`, 'gu');
const ABBREVIATION = new RegExp(`(?<![\\p{L}\\d.])(${either(ABBREVIATIONS)})\\.(?![\\p{L}\\d])`, 'gu');
/** "e.g.", "i.e.", "a/c". */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\be\.g\.(?=,?\s)/gi, 'for example'],
  [/\bi\.e\.(?=,?\s)/gi, 'that is'],
  [/\ba\/c\b/gi, 'account'],
  [/\bw\/o\b/g, 'without'],
  [/\b(No|Nos)\. ?(?=\d)/g, 'number '],
];

/** Abbreviations that are spoken as whole words. What is spelled (PIN, ATM, U.S.) stays. */
export function expandAbbreviations(text: string): string {
  const phrases = PHRASES.reduce((written, [form, words]) => written.replace(form, words), text);
  return phrases
    .replace(TITLE, (title) => TITLES[title.replace('.', '')] ?? title)
    .replace(ABBREVIATION, (found, word: string, offset: number, whole: string) => {
      const sentenceEnds = /^\s*(?:["')\]]|$)/.test(whole.slice(offset + found.length));
      return `${ABBREVIATIONS[word] ?? word}${sentenceEnds ? '.' : ''}`;
    });
}
