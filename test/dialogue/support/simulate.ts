import type {
  Dialogue,
  DialogueEffect,
  DialogueEvent,
  DialogueStart,
  DialogueState,
  InputModes,
  LookUpResult,
} from '../../../src/dialogue/dialogue.ts';
import { type UninterpretedEvent, understood } from '../../../src/dialogue/understanding.ts';

/*
 * A dialogue without a telephone: what would be said and done, as text. For tests and for those who write dialplans.
 */

type LookUp = Extract<DialogueEffect, { readonly do: 'look-up' }>;

export interface Simulation {
  readonly state: DialogueState;
  /** `bot: …`, `caller: …`, `state: main`, `look-up: balance`, `transfer: requested`, `hang-up: bot-hung-up`… */
  readonly lines: readonly string[];
  /** What the dialogue waits for now. */
  readonly waiting: 'answer' | 'look-up' | 'transfer' | 'end' | 'prompts';
  readonly effects: readonly DialogueEffect[];
  /** What is said is understood by the dialplan's grammars and keywords. */
  send(event: UninterpretedEvent): readonly DialogueEffect[];
  /** What is said has been understood by others before. */
  step(event: DialogueEvent): readonly DialogueEffect[];
  /** Whether speech can be understood from now on. */
  hears(speech: boolean): void;
}

/**
 * Prompts are heard to their end at once.
 *
 * @param lookUp - answers look-ups at once; without it they wait for `looked-up`
 */
export function openSimulation(
  dialogue: Dialogue,
  start: DialogueStart,
  lookUp?: (request: LookUp) => LookUpResult,
): Simulation {
  const lines: string[] = [];
  const effects: DialogueEffect[] = [];
  let waiting: Simulation['waiting'] = 'prompts';
  let input: InputModes = 'voice-and-keys';
  let [state, ...first] = dialogue.start(start);

  const take = (taken: readonly DialogueEffect[]): void => {
    let asked: LookUp | undefined;
    if (taken.some((effect) => effect.do !== 'report')) waiting = 'prompts';
    for (const effect of taken) {
      effects.push(effect);
      lines.push(...line(effect));
      if (effect.do === 'listen') waiting = 'answer';
      else if (effect.do === 'transfer') waiting = 'transfer';
      else if (effect.do === 'hang-up') waiting = 'end';
      else if (effect.do === 'look-up') {
        waiting = 'look-up';
        asked = effect;
      }
    }
    if (waiting === 'prompts') follow({ type: 'prompts-finished' });
    if (asked !== undefined && lookUp !== undefined) follow({ type: 'looked-up', id: asked.id, result: lookUp(asked) });
  };
  const follow = (event: DialogueEvent): void => {
    const [next, ...then] = dialogue.step(state, event, input);
    state = next;
    if (then.length > 0) take(then);
  };
  const step = (event: DialogueEvent): readonly DialogueEffect[] => {
    lines.push(`caller: ${callerLine(event)}`);
    const before = effects.length;
    const [next, ...taken] = dialogue.step(state, event, input);
    state = next;
    take(taken);
    return effects.slice(before);
  };
  take(first);

  return {
    get state() {
      return state;
    },
    lines,
    effects,
    get waiting() {
      return waiting;
    },
    hears(speech) {
      input = speech ? 'voice-and-keys' : 'keys';
    },
    send: (event) => step(understood(dialogue, state, event)),
    step,
  };
}

function line(effect: DialogueEffect): string[] {
  switch (effect.do) {
    case 'say':
      return effect.prompts.map(({ text }) => `bot: ${text}`);
    case 'look-up':
      return [`look-up: ${effect.service}`];
    case 'transfer':
      return [`transfer: ${effect.because}`];
    case 'hang-up':
      return [`hang-up: ${effect.because}`];
    case 'report':
      return effect.fact.type === 'state-entered' ? [`state: ${effect.fact.state}`] : [];
    case 'listen':
      return [];
  }
}

function callerLine(event: UninterpretedEvent): string {
  switch (event.type) {
    case 'said':
      return event.heard[0]?.words.join(' ') ?? '';
    case 'keyed':
      return `keys ${String(event.digits)}`;
    case 'looked-up':
      return `(the bank: ${event.result.outcome})`;
    case 'transfer-ended':
      return `(transfer: ${event.outcome})`;
    default:
      return `(${event.type})`;
  }
}
