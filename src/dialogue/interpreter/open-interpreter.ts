import type { DialogueEvent, DialoguePlace, InputModes } from '../dialogue.ts';
import { MAIN, stateIn } from '../dialplan/flow-names.ts';
import type { Ask, Plan } from '../dialplan/plan.ts';
import type { Flow, FlowState, FlowStep } from '../flow.ts';
import { branch, callFlow, digress, returnFrom, setValues } from './calling.ts';
import { answerChoice, beginChoice } from './choosing.ts';
import { answerCommand, beginCommand, comesBack, commandAt, obeyOrAsk, staysAt } from './commands.ts';
import { answerConfirm, beginConfirm } from './confirming.ts';
import { type Conversation, DIGRESSION, freshConversation, freshFrame, pathOf, topFrame } from './conversation.ts';
import { type Draft, frameOf, inFrame, type Program, programOf, without } from './draft.ts';
import { answerSlot, beginForm, beginSlot } from './form.ts';
import { breakOff, go } from './go.ts';
import { lookedUp } from './looked-up.ts';
import { languageHeard, languageOfNumber, saidIn, speak } from './speak-language.ts';
import { sayOnce } from './speaking.ts';
import { transferEnded } from './transfer-ended.ts';
import { type Known, understand } from './understand.ts';
import type { Understood } from './understood.ts';

export interface Interpreter extends Flow {
  /** The question that is open. @param language - of the dialplan; the one that is spoken by default */
  askIn(state: FlowState | undefined, language?: string): Ask | undefined;
  /** What an answer to it goes on from. */
  knownIn(state: FlowState | undefined): Known;
  /** The dialplan in the language that is spoken, or in another one. */
  planIn(state: FlowState | undefined, language?: string): Plan;
  placeIn(state: FlowState | undefined): DialoguePlace;
}

/** What everybody hears to the end at the beginning of a call: nothing listens before. */
const NOTICE = 'NOTICE';

const opened = (state: FlowState): Conversation => state as unknown as Conversation;
const closed = (conversation: Conversation): FlowState => conversation as unknown as FlowState;

/** Interprets a plan: pure, one step at a time. */
export function openInterpreter(plan: Plan, others: readonly Plan[] = []): Interpreter {
  const main = programOf(plan);
  const programs = new Map([
    [plan.language, main],
    ...others.map((other) => [other.language, programOf(other)] as const),
  ]);
  const programIn = (state: FlowState | undefined, language?: string): Program =>
    state === undefined ? main : (programs.get(language ?? opened(state).language) ?? main);
  const askIn = (state: FlowState | undefined, language?: string): Ask | undefined =>
    state === undefined ? undefined : programIn(state, language).plan.asks.get(pathOf(topFrame(opened(state)).at));
  const knownIn = (state: FlowState | undefined): Known => ({
    begun: state === undefined ? [] : topFrame(opened(state)).begun,
    begunSurely: state === undefined ? 1 : topFrame(opened(state)).begunSurely,
    today: state === undefined ? '' : opened(state).today,
  });

  return {
    askIn,
    knownIn,
    planIn: (state, language) => programIn(state, language).plan,
    placeIn: (state) => placeOf(programIn(state), state === undefined ? undefined : opened(state)),
    start(start, input) {
      const first = freshFrame(MAIN, { state: NOTICE, slot: null, phase: 'waiting' });
      const { name, version } = plan;
      const language = languageOfNumber(plan, start.called ?? '');
      const settings = { language, bundle: `${name}@${version}`, keysOnly: input === 'keys' };
      const program = programs.get(language) ?? main;
      const now = freshConversation(start, first, settings);
      const draft: Draft = { program, programs, event: undefined, now, effects: [] };
      sayOnce(draft, 'none', program.plan.notices);
      return stepOf(draft);
    },
    step(state, event, input) {
      const conversation = opened(state);
      const language = languageHeard(event);
      const known = language === undefined ? knownIn(state) : { ...knownIn(state), begun: [] };
      const meant = understand(programIn(state, language).plan, askIn(state, language), saidIn(event), known);
      // what means nothing was still said in that language: the question is asked in it
      const isLanguageAlone = language !== undefined && meant?.type === 'no-match';
      const understood: Understood | undefined = isLanguageAlone ? { type: 'other-language', language } : meant;
      if (understood === undefined || topFrame(conversation).at.phase === 'over') return still(state);
      const draft: Draft = { program: programIn(state), programs, event: understood, now: conversation, effects: [] };
      if (language !== undefined && !isLanguageAlone) speak(draft, language);
      draft.now = heardOf(draft, event, understood, input);
      take(draft, understood);
      return stepOf(draft);
    },
    goOn(state) {
      const draft: Draft = { program: programIn(state), programs, event: undefined, now: opened(state), effects: [] };
      pass(draft);
      return stepOf(draft);
    },
  };
}

/** A question in between belongs to the state that it interrupts. */
function placeOf({ plan, confidential }: Program, conversation: Conversation | undefined): DialoguePlace {
  const frame = conversation?.frames.findLast(({ flow }) => flow !== DIGRESSION);
  if (conversation === undefined || frame === undefined)
    return { flow: MAIN, state: '', slots: {}, confirming: false, language: plan.language };
  const { flow, at, slots } = frame;
  const top = topFrame(conversation);
  return {
    flow,
    state: at.state === NOTICE ? '' : stateIn(at.state),
    slots: without({ ...keptIn(plan, conversation), ...slots }, [...confidential]),
    language: conversation.language,
    confirming: top.flow === DIGRESSION || top.at.phase === 'confirming' || top.at.phase === 'choosing',
  };
}

/** What is known of the whole call, whatever its flow. */
const keptIn = ({ kept }: Plan, { values }: Conversation): Record<string, string> =>
  Object.fromEntries([...kept].flatMap((name) => (values[name] === undefined ? [] : [[name, String(values[name])]])));

const still = (state: FlowState): FlowStep => ({ state, effects: [], passing: false });

const stepOf = ({ now, effects }: Draft): FlowStep => ({
  state: closed(now),
  effects,
  passing: topFrame(now).at.phase === 'passing',
});

/** What an event tells of the caller, whatever the question makes of it. */
function heardOf(
  { program, programs, now: conversation }: Draft,
  event: DialogueEvent,
  understood: Understood,
  input: InputModes,
): Conversation {
  const answered = event.type === 'said' || event.type === 'keyed';
  const repeats =
    understood.type === 'no-match' ||
    understood.type === 'aside' ||
    understood.type === 'language' ||
    (understood.type === 'command' && (staysAt(program, understood.command) || comesBack(program, understood.command)));
  const keysOnly = input === 'keys' || event.type === 'keys-only';
  const draft: Draft = { program, programs, event: understood, now: conversation, effects: [] };
  if (answered && !repeats) inFrame(draft, { recent: [] });
  return {
    ...draft.now,
    keysOnly,
    keysOnlySaid: keysOnly && conversation.keysOnlySaid,
    ...(answered || event.type === 'no-match' ? { silent: 0 } : {}),
  };
}

/** Something happened where somebody was waited for. */
function take(draft: Draft, event: Understood): void {
  const { program } = draft;
  const { at } = frameOf(draft);
  if (event.type === 'time-up' || event.type === 'shutdown') {
    breakOff(draft, event.type === 'time-up' ? program.plan.timeUp : program.plan.shutdown);
    return;
  }
  if (at.state === NOTICE) {
    if (event.type === 'prompts-finished') breakOff(draft, program.plan.start);
    return;
  }
  const command = commandAt(program, at);
  if (command !== undefined) {
    answerCommand(draft, command);
    return;
  }
  const state = program.states.get(at.state);
  const asked = at.phase === 'asking' || at.phase === 'confirming' || at.phase === 'choosing';
  if (asked && event.type === 'command' && !staysAt(program, event.command)) {
    obeyOrAsk(draft, event.command);
    return;
  }
  if (asked && event.type === 'aside') {
    const aside = program.plan.asks.get(pathOf(at))?.reads.asides.find(({ name }) => name === event.name);
    if (aside !== undefined) digress(draft, aside);
    return;
  }
  switch (state?.kind) {
    case 'say':
      if (event.type === 'prompts-finished') go(draft, state.next);
      return;
    case 'choice':
      answerChoice(draft, state, at.phase === 'confirming');
      return;
    case 'confirm':
      answerConfirm(draft, state);
      return;
    case 'form': {
      const slot = state.slots.find(({ name }) => name === at.slot);
      if (slot !== undefined) answerSlot(draft, state, slot, at.phase);
      return;
    }
    case 'look-up':
      if (event.type === 'looked-up') lookedUp(draft, state, event.id, event.result);
      return;
    case 'transfer':
      if (event.type === 'transfer-ended') transferEnded(draft, state, event.outcome);
  }
}

/** Goes on where nobody is waited for. */
function pass(draft: Draft): void {
  const { program } = draft;
  const { at } = frameOf(draft);
  const command = commandAt(program, at);
  if (command !== undefined) {
    beginCommand(draft, command);
    return;
  }
  const state = program.states.get(at.state);
  switch (state?.kind) {
    case 'say':
      go(draft, state.next);
      return;
    case 'choice':
      beginChoice(draft, state);
      return;
    case 'confirm':
      beginConfirm(draft, state);
      return;
    case 'call':
      callFlow(draft, state);
      return;
    case 'return':
      returnFrom(draft, state);
      return;
    case 'branch':
      branch(draft, state);
      return;
    case 'set':
      setValues(draft, state);
      return;
    case 'form': {
      const slot = state.slots.find(({ name }) => name === at.slot);
      if (slot === undefined) beginForm(draft, state);
      else beginSlot(draft, state, slot);
    }
  }
}
