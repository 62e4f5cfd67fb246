import { has, type Row } from './journal-row.ts';

/* What may follow on what: of an entry and of an agent, by the type of the row. */

export interface Transition {
  readonly entry?: { readonly from: readonly string[]; readonly to: string };
  /** `to` undefined: the row says it. */
  readonly agent?: { readonly from: readonly string[]; readonly to: string | undefined };
}

const FREE = ['available', 'break', 'not-answering', 'wrap-up'];
/** What an agent is only with an entry. */
export const BUSY = ['offered', 'dialling', 'talking', 'hold'];

/** A customer is called before an agent is. */
export const isFirst = (type: string, row: Row): boolean => type === 'callback-dialled' && !has(row, 'agent');

/** Rows that name the offer which they follow on. */
export const FENCED = ['offer-ended', 'callback-dialled', 'callback-reached', 'callback-unreached', 'entry-answered'];

export const TRANSITIONS: Readonly<Record<string, Transition>> = {
  'node-started': {},
  'node-ended': {},
  'queue-changed': {},
  'entry-refused': {},
  'satisfaction-answered': {},
  'entry-joined': { entry: { from: ['unknown'], to: 'waiting' } },
  'entry-moved': { entry: { from: ['waiting'], to: 'waiting' } },
  'entry-became-callback': { entry: { from: ['waiting'], to: 'waiting' } },
  'entry-offered': { entry: { from: ['waiting'], to: 'offered' }, agent: { from: ['available'], to: 'offered' } },
  'offer-ended': { entry: { from: ['offered'], to: 'waiting' }, agent: { from: ['offered'], to: undefined } },
  /** Without an agent: the customer is called first. */
  'callback-dialled': {
    entry: { from: ['offered', 'waiting'], to: 'dialling' },
    agent: { from: ['offered'], to: 'dialling' },
  },
  'callback-unreached': {
    entry: { from: ['dialling'], to: 'deferred' },
    agent: { from: ['dialling'], to: 'available' },
  },
  'callback-reached': { entry: { from: ['dialling'], to: 'waiting' } },
  'callback-deferred': { entry: { from: ['waiting'], to: 'deferred' } },
  'callback-due': { entry: { from: ['deferred'], to: 'waiting' } },
  'entry-answered': {
    entry: { from: ['offered', 'dialling'], to: 'talking' },
    agent: { from: ['offered', 'dialling'], to: 'talking' },
  },
  'entry-held': { entry: { from: ['talking'], to: 'holding' }, agent: { from: ['talking'], to: 'hold' } },
  'entry-resumed': { entry: { from: ['holding'], to: 'talking' }, agent: { from: ['hold'], to: 'talking' } },
  'entry-ended': {
    entry: { from: ['waiting', 'offered', 'dialling', 'talking', 'holding', 'deferred'], to: 'ended' },
    agent: { from: BUSY, to: undefined },
  },
  'agent-signed-in': { agent: { from: ['signed-out'], to: 'available' } },
  'agent-profile-changed': { agent: { from: [...FREE, ...BUSY], to: 'same' } },
  'agent-reached': { agent: { from: [...FREE, ...BUSY], to: 'same' } },
  'agent-asked': { agent: { from: ['wrap-up', ...BUSY], to: 'same' } },
  'agent-signed-out': { agent: { from: FREE, to: 'signed-out' } },
  'agent-changed': { agent: { from: FREE, to: undefined } },
};
