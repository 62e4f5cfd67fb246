import { performance } from 'node:perf_hooks';
import { BUILT_IN_SERVICES } from '../src/services/open-services.ts';
import type { Dialogue } from '../src/dialogue/dialogue.ts';
import { loadDialplan } from '../src/dialogue/load-dialplan.ts';
import { type UninterpretedEvent, understood } from '../src/dialogue/understanding.ts';
import { Secret } from '../src/domain/secret.ts';

/* What one step of the dialogue costs the main thread: a whole balance call, again and again. */

const CALLS = 200;
const WARM_UP_CALLS = 20;

export interface DialogueFigures {
  readonly load_ms: number;
  readonly step_p50_ms: number;
  readonly step_p95_ms: number;
  readonly step_max_ms: number;
  readonly state_bytes: number;
}

const said = (words: string): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: words.split(' '), confidence: 0.9, free: false }],
});

const CALL: readonly UninterpretedEvent[] = [
  { type: 'prompts-finished' },
  said('could you tell me my account balance please'),
  said('my account number is one two three four five six seven eight'),
  { type: 'keyed', digits: new Secret('2468') },
  { type: 'looked-up', id: 1, result: { outcome: 'done', values: { session: 's', customer: 'Customer One' } } },
  { type: 'looked-up', id: 2, result: { outcome: 'done', values: { balance: 1234.56, currency: 'USD' } } },
  { type: 'no-match' },
  said('when are you open on saturday'),
  said('repeat that'),
  said("no that's all"),
];

function oneCall(dialogue: Dialogue, took: number[]): number {
  let [state] = dialogue.start({ contact: 'bench', caller: '+15550100' });
  for (const event of CALL) {
    const began = performance.now();
    [state] = dialogue.step(state, understood(dialogue, state, event));
    took.push(performance.now() - began);
  }
  return JSON.stringify(state).length;
}

export async function benchDialogue(): Promise<DialogueFigures> {
  const began = performance.now();
  const dialogue = await loadDialplan('dialplans/bank-hotline.yaml', {
    grammarsDirectory: 'grammars',
    services: BUILT_IN_SERVICES,
  });
  const load = performance.now() - began;
  for (let n = 0; n < WARM_UP_CALLS; n++) oneCall(dialogue, []);
  const took: number[] = [];
  let stateBytes = 0;
  for (let n = 0; n < CALLS; n++) stateBytes = oneCall(dialogue, took);
  took.sort((a, b) => a - b);
  const at = (share: number): number =>
    Number((took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0).toFixed(3));
  return {
    load_ms: Math.round(load),
    step_p50_ms: at(0.5),
    step_p95_ms: at(0.95),
    step_max_ms: at(1),
    state_bytes: stateBytes,
  };
}
