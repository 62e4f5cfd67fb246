import { type ServiceArguments, textIn } from '../bank/bank-services.ts';
import type { LookUpResult } from '../dialogue/dialogue.ts';
import { Secret } from '../domain/secret.ts';
import type { Recipient } from './approvals.ts';
import { type BuiltIn, builtIn, done, hypothesesIn, NEEDED, refused, SECRET, type ServiceWork } from './built-in.ts';
import { operationOf, ORDER } from './order.ts';

const TRANSFER = 'transfer';

/*
 * Money: whom it may go to, the code that approves it, and the order itself. A transfer is made for a caller who was verified and approved this
 * amount from this account to this payee, and for nobody else, whatever the dialplan says.
 */

export const TRANSFER_SERVICES: readonly BuiltIn[] = [
  builtIn(
    {
      name: 'find-payee',
      arguments: { session: NEEDED, name: NEEDED },
      results: ['payee', 'payee-name'],
      refusals: ['not-verified', 'unknown-payee'],
      needs: ['session'],
    },
    async ({ bank, sessions }, args, signal) => {
      const session = textIn(args, 'session');
      const customer = sessions.customerOf(session);
      if (customer === undefined) return refused('not-verified');
      const result = await bank.ask('ListPayees', { customer, session }, signal);
      if (result.outcome === 'refused') return refused('not-verified');
      const named = payeeNamed(result.answer.payees, textIn(args, 'name'));
      return named === undefined ? refused('unknown-payee') : done({ payee: named.payee, 'payee-name': named.name });
    },
  ),
  builtIn(
    {
      name: 'send-code',
      arguments: ORDER,
      results: ['phone'],
      refusals: ['not-verified', 'bad-order', 'made-already', 'no-phone', 'not-sent', 'too-many-codes'],
      needs: ['session'],
    },
    async (work, args, signal) => {
      const customer = work.sessions.customerOf(textIn(args, 'session'));
      if (customer === undefined) return refused('not-verified');
      const operation = operationOf(args);
      if (operation === undefined) return refused('bad-order');
      if (work.intentions.isDone({ customer, service: TRANSFER, ...operation })) return refused('made-already');
      const to = await recipientOf(work, customer, operation.payer, signal);
      if (to === undefined) return refused('no-phone');
      const outcome = await work.approvals.send(operation, to, signal);
      return outcome === 'sent' ? done({ phone: to.phone.slice(-4) }) : refused(outcome);
    },
  ),
  builtIn(
    {
      name: 'check-code',
      arguments: { ...ORDER, code: SECRET },
      results: [],
      refusals: [
        'not-verified',
        'bad-order',
        'wrong-code',
        'too-many-tries',
        'expired',
        'operation-changed',
        'no-code',
      ],
      needs: ['session'],
      gives: ['second-factor'],
    },
    ({ sessions, approvals }, args) => {
      const operation = operationOf(args);
      const { code } = args;
      if (sessions.customerOf(textIn(args, 'session')) === undefined) return Promise.resolve(refused('not-verified'));
      if (operation === undefined) return Promise.resolve(refused('bad-order'));
      const verdict = approvals.check(operation, code instanceof Secret ? code : new Secret(''));
      return Promise.resolve(verdict === 'approved' ? done({}) : refused(verdict));
    },
  ),
  builtIn(
    {
      name: TRANSFER,
      arguments: ORDER,
      results: ['reference'],
      refusals: [
        'not-verified',
        'not-approved',
        'bad-order',
        'made-already',
        'unknown-account',
        'not-enough-money',
        'over-the-limit',
      ],
      effect: 'money',
      needs: ['session', 'second-factor'],
    },
    transfer,
  ),
];

async function transfer(
  { bank, sessions, approvals, intentions }: ServiceWork,
  args: ServiceArguments,
  signal: AbortSignal,
): Promise<LookUpResult> {
  const session = textIn(args, 'session');
  const customer = sessions.customerOf(session);
  if (customer === undefined) return refused('not-verified');
  const operation = operationOf(args);
  if (operation === undefined) return refused('bad-order');
  const order = { customer, service: TRANSFER, ...operation };
  if (intentions.isDone(order)) return refused('made-already');
  if (!approvals.isApproved(operation)) return refused('not-approved');
  const { amount, currency, payer: from, payee: to } = operation;
  const request = { from, to, amount, currency, text: 'by telephone', session };
  const result = await bank.ask('Transfer', request, signal, intentions.keyOf(order));
  if (result.outcome === 'refused')
    return refused(result.because === 'key-used-otherwise' ? 'made-already' : result.because);
  intentions.done(order);
  approvals.used(operation);
  return done({ reference: result.answer.transfer });
}

/** As the bank knows it: never the number that the caller calls from. */
async function recipientOf(
  { bank }: ServiceWork,
  customer: string,
  account: string,
  signal: AbortSignal,
): Promise<Recipient | undefined> {
  const query = { accounts: [account], cards: [], phones: [], postcodes: [], dates_of_birth: [] };
  const found = await bank.ask('FindCustomers', query, signal);
  if (found.outcome === 'refused') return undefined;
  const known = found.answer.customers.find((one) => one.customer === customer);
  const [phone] = known?.phones ?? [];
  return known === undefined || phone === undefined ? undefined : { phone, language: known.language };
}

interface Payee {
  readonly payee: string;
  readonly name: string;
}

/** The one payee whose name was said, in any of the hypotheses; undefined when there is none, or more than one. */
function payeeNamed(payees: readonly Payee[], said: string): Payee | undefined {
  const words = (text: string): string[] =>
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const hypothesis of hypothesesIn(said)) {
    const heard = words(hypothesis);
    const whole = heard.join('');
    const fits = (name: string): boolean => {
      const parts = words(name);
      return whole.includes(parts.join('')) || parts.some((part) => heard.includes(part));
    };
    const found = payees.filter(({ name }) => fits(name));
    if (found.length === 1) return found[0];
  }
  return undefined;
}
