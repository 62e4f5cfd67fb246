import { readdirSync, readFileSync } from 'node:fs';
import type { Dialogue, DialogueEffect, DialogueEvent, LookUpResult } from '../../../src/dialogue/dialogue.ts';
import { openDialogue } from '../../../src/dialogue/open-dialogue.ts';
import type { UninterpretedEvent } from '../../../src/dialogue/understanding.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { BUILT_IN_SERVICES } from '../../../src/services/open-services.ts';
import { openSimulation, type Simulation } from './simulate.ts';

export const SERVICES = BUILT_IN_SERVICES;
const grammars = new Map(
  readdirSync('grammars').map((name) => [name, readFileSync(`grammars/${name}`, 'utf8')] as const),
);
export const grammarSource = (name: string): string | undefined => grammars.get(name);

export const bankHotline: Dialogue = openDialogue(
  'bank-hotline.yaml',
  readFileSync('dialplans/bank-hotline.yaml', 'utf8'),
  grammarSource,
  SERVICES,
);

type LookUp = Extract<DialogueEffect, { do: 'look-up' }>;

/** Answers like the demo bank does, at once. */
export function bankAnswers(): (request: LookUp) => LookUpResult {
  let wrong = 0;
  return ({ service, args }) => {
    const known = args['account'] === '12345678' || args['account'] === '87654321';
    if (!known) return { outcome: 'refused', because: 'unknown-account' };
    switch (service) {
      case 'verify-pin': {
        const { pin } = args;
        if (pin instanceof Secret && pin.reveal() === '2468')
          return { outcome: 'done', values: { session: 'session-1', customer: 'Customer One' } };
        return { outcome: 'refused', because: ++wrong >= 3 ? 'locked' : 'wrong-pin' };
      }
      case 'balance':
        return { outcome: 'done', values: { balance: 1234.56, currency: 'USD' } };
      default:
        return { outcome: 'done', values: { reference: 'LC48290' } };
    }
  };
}

export const say = (text: string, confidence = 0.9): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: text.split(' '), confidence, free: false }],
});
export const freely = (text: string, confidence = 0.8): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: text.split(' '), confidence, free: true }],
});
export const press = (digits: string): DialogueEvent => ({ type: 'keyed', digits });
export const secretly = (digits: string): DialogueEvent => ({ type: 'keyed', digits: new Secret(digits) });
export const silence: DialogueEvent = { type: 'no-input' };
export const noise: DialogueEvent = { type: 'no-match' };

export function call(...events: readonly UninterpretedEvent[]): Simulation {
  const simulation = openSimulation(bankHotline, { contact: 'contact-1', caller: '+15550100' }, bankAnswers());
  for (const event of events) simulation.send(event);
  return simulation;
}

/** What was said since the caller's last turn. */
export function lastWords(simulation: Simulation): string {
  const from = simulation.lines.findLastIndex((line) => line.startsWith('caller:'));
  return simulation.lines
    .slice(from + 1)
    .filter((line) => line.startsWith('bot: '))
    .map((line) => line.slice(5))
    .join(' ');
}

export const lastListening = (simulation: Simulation) =>
  simulation.effects.findLast((effect) => effect.do === 'listen')?.listening;
