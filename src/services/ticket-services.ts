import { createHash, randomUUID } from 'node:crypto';
import { textIn } from '../bank/bank-services.ts';
import { type BuiltIn, builtIn, NEEDED, OPTIONAL, told } from './built-in.ts';

/* What somebody at the bank has to see to. */

/** Whoever was not verified may complain too. */
const ANONYMOUS = 'anonymous';
const MOST_TEXT = 200;
/** Words of harm and haste; what has none of them is of the common grade. */
const GRADES: readonly (readonly [number, RegExp])[] = [
  [1, /fraud|stolen|police|lawyer|court|regulator|ombudsman|诈骗|被盗|报警|律师|法院|监管|银保监/i],
  [2, /urgent|immediately|again|third time|disgrace|unacceptable|紧急|马上|又一次|投诉过|不能接受/i],
];
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
      const [text = ''] = said.split(' | ');
      const grade = GRADES.find(([, words]) => words.test(text))?.[0] ?? COMMON_GRADE;
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

/** The same complaint of a call has one ticket. A header carries it: no word of the caller, and no script but ASCII. */
const keyOf = (...complaint: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(complaint)).digest('hex');
