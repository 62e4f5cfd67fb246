import type { DeskSetup, WaitingCallback } from '../../src/agents/agent-desk.ts';
import type { ContactContext } from '../../src/domain/contact-context.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';

export const SETUP: DeskSetup = {
  queues: { cards: 5, loans: 2 },
  breakReasons: ['lunch', 'training'],
  wrapUpReasons: ['resolved', 'call again', 'complaint'],
  departments: [
    { name: 'Cards back office', slaMs: 4 * 3_600_000 },
    { name: 'Complaints', slaMs: 15 * 60_000 },
  ],
  transferQueues: ['cards', 'loans', 'complaints'],
  devices: ['browser', 'telephone'],
  canConsult: true,
  colleagues: [
    { agent: 'li', state: 'available' },
    { agent: 'zhou', state: 'talking' },
  ],
};

export const contextOf = (contact: string, at: number): ContactContext => ({
  contact: contact as ContactId,
  since: wallMs(at - 95_000),
  caller: '•••• 4711',
  called: '95588',
  language: 'en',
  customer: { name: 'Wang Fang', valueClass: 'gold', products: ['current account', 'credit card'] },
  verified: { how: 'PIN by keypad', at: wallMs(at - 60_000) },
  intents: [
    { name: 'lost-card', confidence: 0.94 },
    { name: 'balance', confidence: 0.4 },
  ],
  slots: { account: '•••• 5678' },
  transcript: [
    { at: wallMs(at - 90_000), side: 'bot', text: 'Welcome to Example Bank. How can I help you?' },
    { at: wallMs(at - 85_000), side: 'customer', text: 'I lost my card yesterday, and this is the third time I call.' },
    { at: wallMs(at - 80_000), side: 'bot', text: 'I can block it for you. Please enter your PIN.' },
    { at: wallMs(at - 62_000), side: 'customer', text: 'I want to talk to a person, please.' },
  ],
  sentiment: { now: -0.6, trend: -0.3 },
  tried: [
    { what: 'verify the customer', result: 'done' },
    { what: 'block the card', result: 'failed' },
  ],
  pastContacts: [
    {
      contact: 'c-old' as ContactId,
      at: wallMs(at - 86_400_000),
      intent: 'lost-card',
      outcome: 'abandoned in the queue',
    },
  ],
  tickets: [{ id: 'T-1007', department: 'Cards back office', state: 'open' }],
  dialplan: { id: 'bank-hotline', version: '1' },
});

export const waitingCallback = (at: number): WaitingCallback => ({
  entry: 'e-callback',
  queue: 'cards',
  since: wallMs(at - 600_000),
  retryAt: wallMs(at + 300_000),
  attempts: 1,
});
