import { type ServiceArguments, textIn } from '../bank/bank-services.ts';
import type { AnswerOf } from '../bank/operations.ts';
import type { LookUpResult } from '../dialogue/dialogue.ts';
import { Secret } from '../domain/secret.ts';
import { claimedBy, count, isLocked, mayTry } from '../identity/attempt-ledger.ts';
import type { CustomerReference, IdentityItem } from '../identity/customer-reference.ts';
import { customerQuery } from '../identity/customer-query.ts';
import type { Hearing } from '../identity/evidence/readings.ts';
import {
  beginIdentity,
  DEFAULT_IDENTITY_POLICY,
  type IdentityEffect,
  type IdentityState,
  step,
} from '../identity/identity-machine.ts';
import { primaryLanguage } from '../language/primary-language.ts';
import { type BuiltIn, builtIn, done, hypothesesIn, NEEDED, OPTIONAL, refused, type ServiceWork } from './built-in.ts';

/*
 * Who is calling, by what customers know of themselves. The dialplan asks for the items, one after the other; the machine of src/identity judges
 * all of them together, and all that was heard in earlier rounds of the call. What is refused tells nothing but whether there may be another round.
 */

const ITEMS = ['postcode', 'name', 'date-of-birth', 'account-number', 'card-number', 'phone-number'] as const;
const ROUNDS = 3;

export const IDENTITY_SERVICES: readonly BuiltIn[] = [
  builtIn(
    {
      name: 'verify-identity',
      arguments: {
        contact: NEEDED,
        caller: OPTIONAL,
        language: OPTIONAL,
        ...Object.fromEntries(ITEMS.map((item) => [item, OPTIONAL])),
      },
      results: ['session', 'customer'],
      refusals: ['not-verified', 'too-many-tries', 'locked'],
      gives: ['session'],
    },
    verify,
  ),
];

async function verify(work: ServiceWork, args: ServiceArguments, signal: AbortSignal): Promise<LookUpResult> {
  const contact = textIn(args, 'contact');
  const number = textIn(args, 'caller').replaceAll(/\D/g, '');
  // who withholds the number is counted by the call
  const caller = number === '' ? contact : number;
  const asked = ITEMS.filter((item) => args[item] !== undefined);
  const now = work.clock.now();
  const before = work.identities.get(contact);
  let [state, ...effects]: readonly [IdentityState, ...IdentityEffect[]] =
    before === undefined
      ? step(beginIdentity(policyOf(asked, args)), {
          type: 'identification-began',
          signals: {
            number: number === '' ? undefined : textIn(args, 'caller'),
            attestation: undefined,
            reputation: 'unknown',
            claimedCustomers: claimedBy(work.attempts.ledger, caller, now),
          },
          mayTry: mayTry(work.attempts.ledger, caller, now),
        })
      : [before, { do: 'ask-item', item: before.policy.items[0] ?? 'name', attempt: 1, round: before.round }];
  const { round } = state;
  for (let effect = effects.shift(); effect !== undefined; effect = effects.shift()) {
    if (effect.do === 'ask-item' && effect.round > round) {
      work.identities.set(contact, state);
      return refused('not-verified');
    }
    if (effect.do === 'forget-attempts' && isLocked(work.attempts.ledger, effect.customer, now)) {
      // guessed at by so many calls that this one may have guessed right
      work.identities.delete(contact);
      return refused('locked');
    }
    if (effect.do === 'conclude') {
      work.identities.delete(contact);
      return await concluded(work, effect, contact, signal);
    }
    const [next, ...more] = await carriedOut(work, { state, effect, args, caller }, signal);
    state = next;
    effects = [...effects, ...more];
  }
  return refused('not-verified');
}

const policyOf = (items: readonly IdentityItem[], args: ServiceArguments) => ({
  ...DEFAULT_IDENTITY_POLICY,
  items,
  language: primaryLanguage(textIn(args, 'language')) === 'zh' ? ('zh' as const) : ('en' as const),
  rounds: ROUNDS,
});

interface Doing {
  readonly state: IdentityState;
  readonly effect: Exclude<IdentityEffect, { readonly do: 'conclude' }>;
  readonly args: ServiceArguments;
  readonly caller: string;
}

async function carriedOut(
  work: ServiceWork,
  { state, effect, args, caller }: Doing,
  signal: AbortSignal,
): Promise<ReturnType<typeof step>> {
  const { attempts, clock } = work;
  switch (effect.do) {
    case 'ask-item': {
      const hearing = effect.attempt === 1 ? hearingOf(textIn(args, effect.item), effect.item) : undefined;
      return step(state, hearing === undefined ? { type: 'item-not-answered' } : { type: 'item-answered', hearing });
    }
    case 'find-customers': {
      const query = customerQuery(effect.heard, state.policy.language);
      const found = await work.bank.ask('FindCustomers', query, signal);
      const customers = found.outcome === 'done' ? found.answer.customers.map(referenceOf) : [];
      return step(state, { type: 'customers-found', customers });
    }
    case 'count-attempt': {
      const [ledger] = count(attempts.ledger, {
        type: 'attempt-failed',
        caller,
        customer: effect.customer,
        at: clock.now(),
      });
      attempts.ledger = ledger;
      return step(state, { type: 'attempt-counted', mayTry: mayTry(ledger, caller, clock.now()) });
    }
    case 'forget-attempts': {
      const passed = { type: 'attempt-passed', caller, customer: effect.customer, at: clock.now() } as const;
      [attempts.ledger] = count(attempts.ledger, passed);
      return [state];
    }
  }
}

async function concluded(
  { bank, sessions }: ServiceWork,
  effect: Extract<IdentityEffect, { readonly do: 'conclude' }>,
  contact: string,
  signal: AbortSignal,
): Promise<LookUpResult> {
  if (effect.outcome !== 'verified') return refused('too-many-tries');
  const opened = await bank.ask('OpenSession', { customer: effect.customer, contact }, signal);
  if (opened.outcome === 'refused') return refused(opened.because === 'locked' ? 'locked' : 'too-many-tries');
  const { session, name } = opened.answer;
  sessions.opened(session, effect.customer);
  return done({ session, customer: name });
}

const MOST_HYPOTHESES = 5;
const KEYED: ReadonlySet<IdentityItem> = new Set(['date-of-birth', 'account-number', 'card-number', 'phone-number']);

/** What a form heard: hypotheses, or digits. */
function hearingOf(text: string, item: IdentityItem): Hearing | undefined {
  if (text === '') return undefined;
  if (KEYED.has(item) && /^\d+$/.test(text)) return new Secret(text);
  return hypothesesIn(text).slice(0, MOST_HYPOTHESES);
}

function referenceOf(found: AnswerOf<'FindCustomers'>['customers'][number]): CustomerReference {
  const [year = 0, month = 1, day = 1] = found.date_of_birth.split('-').map(Number);
  return {
    customer: found.customer,
    givenName: found.given_name,
    familyName: found.family_name,
    dateOfBirth: { year, month, day },
    postcode: found.postcode,
    accounts: found.accounts,
    cards: found.cards,
    phones: found.phones,
    language: found.language,
  };
}
