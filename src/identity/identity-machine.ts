import type { SpokenLanguage } from '../language/spoken-language.ts';
import { type CallerSignals, riskOf } from './caller-signals.ts';
import type { CustomerReference, IdentityItem } from './customer-reference.ts';
import { type Hearing, isUnderstood } from './evidence/readings.ts';
import { type HeardItems, rankCustomers, verificationScore } from './verify-items.ts';

/*
 * Who is calling? All items are asked for, one after the other, then all of them are judged together. Nothing that a caller hears depends on
 * which item fits, or on whether there is such a customer: until the end the questions follow from the form of the answers alone, and the end
 * has two outcomes. What is heard of one round is kept for the next.
 */

export interface IdentityPolicy {
  readonly items: readonly IdentityItem[];
  readonly language: SpokenLanguage;
  /** Questions for one item in one round until something is understood. */
  readonly attemptsPerItem: number;
  /** Times that all items are asked for; each round that is judged and not accepted is a failed attempt. */
  readonly rounds: number;
  /** Evidence (nats) at which a caller is the customer; risk signals move it. */
  readonly acceptAt: number;
  /** Nats by which the best candidate must lead the second. */
  readonly leadBy: number;
}

export const DEFAULT_IDENTITY_POLICY: IdentityPolicy = {
  items: ['postcode', 'name', 'date-of-birth'],
  language: 'en',
  attemptsPerItem: 3,
  rounds: 2,
  acceptAt: 3,
  leadBy: 2,
};

export type IdentityEvent =
  /** `mayTry`: the ledger's word (attempt-ledger.ts). */
  | { readonly type: 'identification-began'; readonly signals: CallerSignals; readonly mayTry: boolean }
  | { readonly type: 'item-answered'; readonly hearing: Hearing }
  | { readonly type: 'item-not-answered' }
  | { readonly type: 'customers-found'; readonly customers: readonly CustomerReference[] }
  | { readonly type: 'customers-not-available' }
  /** The ledger counted the failure: whether there may be another round. */
  | { readonly type: 'attempt-counted'; readonly mayTry: boolean };

export type IdentityEffect =
  | { readonly do: 'ask-item'; readonly item: IdentityItem; readonly attempt: number; readonly round: number }
  | { readonly do: 'find-customers'; readonly heard: HeardItems }
  /** `customer`: whom the caller came nearest to, for the bank's own count. Never said. */
  | { readonly do: 'count-attempt'; readonly customer: string | undefined }
  | { readonly do: 'forget-attempts'; readonly customer: string }
  | { readonly do: 'conclude'; readonly outcome: 'verified'; readonly customer: string }
  | { readonly do: 'conclude'; readonly outcome: 'not-verified' | 'not-available' };

export interface IdentityState {
  readonly at: 'idle' | 'asking' | 'finding' | 'counting' | 'concluded';
  readonly policy: IdentityPolicy;
  readonly signals: CallerSignals | undefined;
  readonly round: number;
  /** Index of the item that is being asked for, and how often in this round. */
  readonly item: number;
  readonly attempt: number;
  readonly heard: HeardItems;
  /** Of the last judgement, for evaluation and the audit trail: nats. */
  readonly score: number | undefined;
}

type Step = readonly [IdentityState, ...IdentityEffect[]];

export const beginIdentity = (policy: IdentityPolicy = DEFAULT_IDENTITY_POLICY): IdentityState => ({
  at: 'idle',
  policy,
  signals: undefined,
  round: 1,
  item: 0,
  attempt: 1,
  heard: {},
  score: undefined,
});

/** Total: an event that means nothing in a state leaves it as it was. */
export function step(state: IdentityState, event: IdentityEvent): Step {
  switch (`${state.at} ${event.type}` as const) {
    case 'idle identification-began':
      return began(state, event as Extract<IdentityEvent, { readonly type: 'identification-began' }>);
    case 'asking item-answered':
      return answered(state, event as Extract<IdentityEvent, { readonly type: 'item-answered' }>);
    case 'asking item-not-answered':
      return again(state);
    case 'finding customers-found':
      return judged(state, event as Extract<IdentityEvent, { readonly type: 'customers-found' }>);
    case 'finding customers-not-available':
      return [
        { ...state, at: 'concluded' },
        { do: 'conclude', outcome: 'not-available' },
      ];
    case 'counting attempt-counted':
      return counted(state, event as Extract<IdentityEvent, { readonly type: 'attempt-counted' }>);
    default:
      return [state];
  }
}

function began(
  state: IdentityState,
  { signals, mayTry }: Extract<IdentityEvent, { readonly type: 'identification-began' }>,
): Step {
  if (!mayTry) return refused({ ...state, signals });
  return asked({ ...state, at: 'asking', signals, item: 0, attempt: 1 });
}

const refused = (state: IdentityState): Step => [
  { ...state, at: 'concluded' },
  { do: 'conclude', outcome: 'not-verified' },
];

function asked(state: IdentityState): Step {
  const item = state.policy.items[state.item];
  if (item === undefined)
    return [
      { ...state, at: 'finding' },
      { do: 'find-customers', heard: state.heard },
    ];
  return [state, { do: 'ask-item', item, attempt: state.attempt, round: state.round }];
}

function answered(state: IdentityState, { hearing }: Extract<IdentityEvent, { readonly type: 'item-answered' }>): Step {
  const item = state.policy.items[state.item];
  if (item === undefined || !isUnderstood(item, hearing, state.policy.language)) return again(state);
  const heard = { ...state.heard, [item]: [...(state.heard[item] ?? []), hearing] };
  return asked({ ...state, heard, item: state.item + 1, attempt: 1 });
}

/** The same item once more, or the next one: what was not understood is missing. */
function again(state: IdentityState): Step {
  if (state.attempt < state.policy.attemptsPerItem) return asked({ ...state, attempt: state.attempt + 1 });
  return asked({ ...state, item: state.item + 1, attempt: 1 });
}

function judged(
  state: IdentityState,
  { customers }: Extract<IdentityEvent, { readonly type: 'customers-found' }>,
): Step {
  const { policy, signals, heard } = state;
  const [best, second] = rankCustomers(customers, heard, policy.language, 2);
  const score = best === undefined ? undefined : verificationScore(policy.items, heard, policy.language)(best.customer);
  const risk = signals === undefined ? 0 : riskOf(signals, best?.customer);
  const leads = best !== undefined && (second === undefined || best.score - second.score >= policy.leadBy);
  if (best !== undefined && score !== undefined && leads && score >= policy.acceptAt + risk) {
    const { customer } = best.customer;
    return [
      { ...state, at: 'concluded', score },
      { do: 'forget-attempts', customer },
      { do: 'conclude', outcome: 'verified', customer },
    ];
  }
  return [
    { ...state, at: 'counting', score },
    { do: 'count-attempt', customer: best?.customer.customer },
  ];
}

function counted(state: IdentityState, { mayTry }: Extract<IdentityEvent, { readonly type: 'attempt-counted' }>): Step {
  if (!mayTry || state.round >= state.policy.rounds) return refused(state);
  return asked({ ...state, at: 'asking', round: state.round + 1, item: 0, attempt: 1 });
}
