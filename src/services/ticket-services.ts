import { createHash, randomUUID } from 'node:crypto';
import { textIn } from '../bank/bank-services.ts';
import { ANONYMOUS } from '../bank/operations.ts';
import { complaintWords as english } from '../language/en/complaint-words.ts';
import { complaintWords as chinese } from '../language/zh/complaint-words.ts';
import { type BuiltIn, builtIn, hypothesesIn, NEEDED, OPTIONAL, told } from './built-in.ts';

/* What somebody at the bank has to see to. */

const MOST_TEXT = 200;
const LANGUAGES = [english, chinese];
/** Harm before haste; what has no word of either is of the common grade. */
const HARM_GRADE = 1;
const HASTE_GRADE = 2;
const COMMON_GRADE = 3;

export const TICKET_SERVICES: readonly BuiltIn[] = [
  builtIn(
    {
      name: 'open-ticket',
      arguments: { contact: NEEDED, said: NEEDED, session: OPTIONAL },
      results: ['ticket'],
      refusals: [],
      effect: 'data',
    },
    async ({ bank, sessions }, args, signal) => {
      const [contact, session, said] = [textIn(args, 'contact'), textIn(args, 'session'), textIn(args, 'said')];
      const [text = ''] = hypothesesIn(said);
      const grade = gradeOf(text);
      const customer = sessions.customerOf(session) ?? ANONYMOUS;
      const request = {
        customer,
        kind: 'complaint',
        grade,
        text: text.slice(0, MOST_TEXT).trim() || '-',
      };
      const key = contact === '' ? randomUUID() : keyOf(contact, customer, text);
      return told(await bank.ask('OpenTicket', request, signal, key), ({ ticket }) => ({ ticket }));
    },
  ),
];

function gradeOf(text: string): number {
  if (LANGUAGES.some(({ harm }) => harm.test(text))) return HARM_GRADE;
  return LANGUAGES.some(({ haste }) => haste.test(text)) ? HASTE_GRADE : COMMON_GRADE;
}

/** The same complaint of a call has one ticket. A header carries it: no word of the caller, and no script but ASCII. */
const keyOf = (...complaint: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(complaint)).digest('hex');
