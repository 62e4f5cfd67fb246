import { createHash, randomUUID } from 'node:crypto';
import { type ServiceArguments, textIn } from '../bank/bank-services.ts';
import { ANONYMOUS } from '../bank/operations.ts';
import { complaintWords as english } from '../language/en/complaint-words.ts';
import { complaintWords as chinese } from '../language/zh/complaint-words.ts';
import type { LookUpResult } from '../dialogue/dialogue.ts';
import { type BuiltIn, builtIn, hypothesesIn, NEEDED, OPTIONAL, refused, type ServiceWork, told } from './built-in.ts';

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
      results: ['ticket', 'grade'],
      refusals: [],
      effect: 'data',
    },
    async (work, args, signal) => {
      const [text = ''] = hypothesesIn(textIn(args, 'said'));
      return await opened(work, { args, kind: 'complaint', grade: gradeOf(text), text }, signal);
    },
  ),
  builtIn(
    {
      name: 'request-callback',
      arguments: { contact: NEEDED, number: NEEDED, said: OPTIONAL, session: OPTIONAL },
      results: ['ticket', 'grade'],
      refusals: ['bad-number'],
      effect: 'data',
    },
    async (work, args, signal) => {
      const number = textIn(args, 'number').replaceAll(/[^\d+]/g, '');
      if (!/^\+?\d{5,15}$/.test(number)) return refused('bad-number');
      const [text = ''] = hypothesesIn(textIn(args, 'said'));
      return await opened(work, { args, kind: 'callback', grade: COMMON_GRADE, text: `${number} ${text}` }, signal);
    },
  ),
  builtIn(
    {
      name: 'request-instalments',
      arguments: { contact: NEEDED, session: NEEDED, account: NEEDED, months: NEEDED },
      results: ['ticket', 'grade'],
      refusals: ['not-verified', 'bad-months'],
      effect: 'data',
      needs: ['session'],
    },
    async (work, args, signal) => {
      const [account, months] = [textIn(args, 'account'), Number(textIn(args, 'months'))];
      if (work.sessions.customerOf(textIn(args, 'session')) === undefined) return refused('not-verified');
      if (!Number.isInteger(months) || months < 2 || months > MOST_MONTHS) return refused('bad-months');
      const text = `${account}: ${months}`;
      return await opened(work, { args, kind: 'instalments', grade: COMMON_GRADE, text }, signal);
    },
  ),
];

const MOST_MONTHS = 36;

interface Matter {
  readonly args: ServiceArguments;
  readonly kind: string;
  readonly grade: number;
  readonly text: string;
}

/** The same matter of a call has one ticket. */
async function opened(
  { bank, sessions }: ServiceWork,
  { args, kind, grade, text }: Matter,
  signal: AbortSignal,
): Promise<LookUpResult> {
  const [contact, session] = [textIn(args, 'contact'), textIn(args, 'session')];
  const customer = sessions.customerOf(session) ?? ANONYMOUS;
  const request = { customer, kind, grade, text: text.slice(0, MOST_TEXT).trim() || '-' };
  const key = contact === '' ? randomUUID() : keyOf(contact, customer, kind, text);
  return told(await bank.ask('OpenTicket', request, signal, key), ({ ticket }) => ({ ticket, grade }));
}

function gradeOf(text: string): number {
  if (LANGUAGES.some(({ harm }) => harm.test(text))) return HARM_GRADE;
  return LANGUAGES.some(({ haste }) => haste.test(text)) ? HASTE_GRADE : COMMON_GRADE;
}

/** A header carries it: no word of the caller, and no script but ASCII. */
const keyOf = (...complaint: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(complaint)).digest('hex');
