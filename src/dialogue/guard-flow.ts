import type {
  Dialogue,
  DialogueEffect,
  DialogueEvent,
  DialogueStart,
  DialogueState,
  DialogueStep,
  InputModes,
  SpokenPrompt,
} from './dialogue.ts';
import { FLOW_LIMITS, type Flow, type FlowState, type FlowStep } from './flow.ts';

/*
 * A dialplan that goes round in circles costs its own caller the call, and nobody else anything. The check refuses such
 * dialplans; this holds whatever the check has missed, and whatever interprets them.
 */

export interface FlowGuardWords {
  readonly apology: SpokenPrompt;
  readonly goodbye: SpokenPrompt;
  /** Where it is another one than the dialplan's own. */
  readonly language?: string;
}

/** What a `DialogueState` is: plain JSON. */
interface Guarded {
  readonly flow: FlowState;
  readonly person: boolean;
  /** Steps and transfers since the caller last answered, or was waited for in vain. */
  readonly steps: number;
  readonly rings: number;
  readonly total: number;
  /** The states that were entered last: where it goes round. */
  readonly trail: readonly string[];
  /** It went round: a person is being rung, or the end has come. */
  readonly stopped: 'no' | 'ringing' | 'over';
}

const TRAIL = 8;
/** The caller was waited for: time has passed. */
const ANSWERS: ReadonlySet<DialogueEvent['type']> = new Set(['said', 'keyed', 'no-input', 'no-match']);

const opened = (state: DialogueState): Guarded => state as unknown as Guarded;
const closed = (guarded: Guarded): DialogueState => guarded as unknown as DialogueState;

/** The interpreter's own state; undefined when it has been stopped. */
export function flowIn(state: DialogueState): FlowState | undefined {
  const { flow, stopped } = opened(state);
  return stopped === 'no' ? flow : undefined;
}

/** @param wordsIn - in the language that is spoken there */
export function guardFlow(flow: Flow, wordsIn: (state: FlowState) => FlowGuardWords): Pick<Dialogue, 'start' | 'step'> {
  return {
    start(start: DialogueStart, input: InputModes = 'voice-and-keys') {
      const first = flow.start(start, input);
      const begun: Guarded = {
        flow: first.state,
        person: start.person ?? true,
        steps: 0,
        rings: 0,
        total: 0,
        trail: [],
        stopped: 'no',
      };
      return follow(begun, first);
    },
    step(state: DialogueState, event: DialogueEvent, input: InputModes = 'voice-and-keys') {
      const now = opened(state);
      if (now.stopped !== 'no') return stoppedStep(now, event);
      const first = flow.step(now.flow, event, input);
      if (first.effects.length === 0 && !first.passing) return [closed({ ...now, flow: first.state })];
      return follow(ANSWERS.has(event.type) ? { ...now, steps: 0, rings: 0 } : now, first);
    },
  };

  /** Goes on as long as nobody is waited for and there is budget. */
  function follow(before: Guarded, first: FlowStep): DialogueStep {
    const effects: DialogueEffect[] = [];
    let now = before;
    let next = first;
    for (let steps = 1; ; steps++) {
      now = spent(now, next);
      if (steps > FLOW_LIMITS.perEvent || overdrawn(now)) return stop(now, [...effects, ...next.effects]);
      effects.push(...next.effects);
      if (!next.passing) return [closed(now), ...effects];
      next = flow.goOn(next.state);
    }
  }

  /** What was said on the way round would be said again and again: only the facts are kept. */
  function stop(now: Guarded, effects: readonly DialogueEffect[]): DialogueStep {
    const facts = effects.filter(({ do: kind }) => kind === 'report');
    const { apology, goodbye, language } = wordsIn(now.flow);
    const loop: DialogueEffect = {
      do: 'report',
      fact: { type: 'flow-loop', states: now.trail.join(' '), steps: now.steps },
    };
    // people who were rung in the loop are not rung once more
    if (now.person && now.rings === 0)
      return [
        closed({ ...now, stopped: 'ringing' }),
        ...facts,
        loop,
        { do: 'say', bargeIn: 'none', prompts: [apology] },
        { do: 'report', fact: { type: 'person-requested', because: 'flow-loop' } },
        {
          do: 'transfer',
          because: 'flow-loop',
          ringMs: RING_MS,
          context: {},
          ...(language === undefined ? {} : { language }),
        },
      ];
    return [
      closed({ ...now, stopped: 'over' }),
      ...facts,
      loop,
      { do: 'say', bargeIn: 'none', prompts: [apology, goodbye] },
      { do: 'hang-up', because: 'failed' },
    ];
  }

  function stoppedStep(now: Guarded, event: DialogueEvent): DialogueStep {
    const over = closed({ ...now, stopped: 'over' });
    const goodbye: DialogueEffect = { do: 'say', bargeIn: 'none', prompts: [wordsIn(now.flow).goodbye] };
    if (now.stopped === 'over') return [closed(now)];
    switch (event.type) {
      case 'transfer-ended':
        if (event.outcome === 'caller-hung-up') return [over, { do: 'hang-up', because: 'caller-hung-up' }];
        if (event.outcome === 'completed') return [over, { do: 'hang-up', because: 'bot-hung-up' }];
        return [over, goodbye, { do: 'hang-up', because: 'failed' }];
      case 'time-up':
        return [over, goodbye, { do: 'hang-up', because: 'maximum-duration' }];
      case 'shutdown':
        return [over, goodbye, { do: 'hang-up', because: 'shutdown' }];
      default:
        return [closed(now)];
    }
  }
}

const RING_MS = 20_000;

function spent(now: Guarded, { state, effects }: FlowStep): Guarded {
  const entered = effects.flatMap((effect) =>
    effect.do === 'report' && effect.fact.type === 'state-entered' ? [effect.fact.state] : [],
  );
  return {
    ...now,
    flow: state,
    steps: now.steps + 1,
    total: now.total + 1,
    rings: now.rings + effects.filter(({ do: kind }) => kind === 'transfer').length,
    trail: entered.length === 0 ? now.trail : [...now.trail, ...entered].slice(-TRAIL),
  };
}

const overdrawn = ({ steps, rings, total }: Guarded): boolean =>
  steps > FLOW_LIMITS.betweenAnswers || rings > FLOW_LIMITS.rings || total > FLOW_LIMITS.perCall;
