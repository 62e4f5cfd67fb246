import type { Network } from '../../grammar/automaton/network.ts';
import { checkSlot } from './check-slot.ts';
import { compileAsk, correctionOf, interDigitMs, type Sayable, sayable } from './compile-ask.ts';
import type { SlotFile } from './dialplan-schema.ts';
import type { Path } from './dialplan-source.ts';
import { flowOf } from './flow-names.ts';
import { phrasesIn } from '../../language/phrases-in.ts';
import { compileWhich, inFigures, slotType, typedKeysSay, typeNetwork, type WhichParts } from './compile-typed.ts';
import type { KeyEntry } from '../values/key-entry.ts';
import type { ValueType } from '../values/value-type.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import type { PlanSlot, PlanState, SlotReading } from './plan.ts';
import { type FileOf, NOTHING_READ, oneKey, pick, type StateWork } from './state-work.ts';

export function compileSlot(
  work: StateWork,
  form: string,
  name: string,
  file: SlotFile,
  at: Path,
  together?: Together,
): PlanSlot {
  const compiling = work.compiling;
  const { plan } = compiling.source;
  const id = `${form}/${name}`;
  const secret = file.secret ?? false;
  const keep = file.keep === 'call';
  const free = file.free === true;
  checkSlot(compiling, file, at);
  const type = slotType(work, file, at);
  const entry = file.keys ?? type?.entry;
  const reading: SlotReading = {
    name,
    value: valueKey(name, file),
    secret,
    free,
    min: entry?.min ?? 1,
    max: entry?.max ?? 1,
    matches: patternOf(work, file.matches, [...at, 'matches']),
    type,
    inPieces: !secret && (type === undefined ? isFixed(entry) && !free : type.most !== undefined),
  };
  const network = secret ? undefined : slotNetwork(work, file, type, reading.value, at);
  const spoken = [
    ...(network === undefined ? [] : [sayable(network)]),
    ...(together === undefined || secret ? [] : [together.network]),
  ];
  const condition = {
    when: file.when === undefined ? undefined : compiling.expression(file.when, [...at, 'when'], 'truth'),
    default: file.default === undefined ? undefined : compiling.expression(file.default, [...at, 'default']),
  };
  if (secret && file.default !== undefined)
    compiling.problem([...at, 'default'], 'expected no default for a secret slot');
  if (secret && file.when !== undefined)
    compiling.problem([...at, 'when'], 'expected no condition for a secret slot: the look-up behind it has no other');
  const say = compiling.prompt(id, file.say, [...at, 'say']);
  const interDigit = interDigitMs(plan, file.timing);
  const ask = compileAsk(work.compiling, work.commands, {
    state: form,
    path: `${id}/asking`,
    id,
    file,
    at,
    say,
    keysSay:
      entry === undefined
        ? undefined
        : file['keys-say'] !== undefined
          ? compiling.prompt(`${id}/keys`, file['keys-say'], [...at, 'keys-say'])
          : type === undefined || secret
            ? say
            : typedKeysSay(work, type, id, say, at),
    invalid:
      file.invalid === undefined ? undefined : compiling.prompt(`${id}/invalid`, file.invalid, [...at, 'invalid']),
    networks: spoken.length === 0 && !free ? undefined : spoken,
    keys:
      entry === undefined
        ? oneKey(interDigit)
        : {
            // what is keyed of a number may be its beginning, or its end
            min: reading.inPieces ? 1 : entry.min,
            max: entry.max,
            terminator: entry.terminator,
            interDigitMs: interDigit,
            secret,
          },
    reads: {
      ...NOTHING_READ,
      free,
      slot: reading,
      collectsDigits: entry !== undefined,
      together: secret ? NOTHING_READ.together : (together?.slots ?? NOTHING_READ.together),
    },
  });
  return {
    name,
    secret,
    keep,
    ...condition,
    ask,
    ...readingBack(work, { form, id, name, file, at, type, network, reading }),
  };
}

type ReadingBack = Pick<PlanSlot, 'confirm' | 'confirmWhen' | 'inFigures' | 'which'>;

/** How a value is read back before it is taken. */
function readingBack(
  work: StateWork,
  parts: Omit<WhichParts, 'type' | 'network'> & {
    readonly name: string;
    readonly type: ValueType | undefined;
    readonly network: Network | undefined;
  },
): ReadingBack {
  const { form, id, name, file, at, type, network, reading } = parts;
  const { compiling } = work;
  const { plan } = compiling.source;
  const phrases = phrasesIn(plan.language);
  const text = file.confirm ?? (type === undefined || type.name === 'yesno' ? undefined : phrases.heard(name));
  if (text === undefined || network === undefined)
    return { confirm: undefined, confirmWhen: 'unsure', inFigures: undefined, which: undefined };
  const yesOrNo = compiling.prompt('yes-or-no', phrases.yesOrNo, at);
  const readBack = compiling.prompt(`${id}/confirm`, text, [...at, 'confirm']);
  const confirm = compileAsk(compiling, work.commands, {
    state: form,
    path: `${id}/confirming`,
    id: `${id}/confirm`,
    file: pick(file),
    at,
    say: readBack,
    again: yesOrNo,
    keysSay: yesOrNo,
    networks: [work.yesno, correctionOf(sayable(network), plan.language)],
    keys: oneKey(interDigitMs(plan, file.timing)),
    reads: { ...NOTHING_READ, answers: true, slot: reading },
  });
  return {
    confirm,
    confirmWhen: file['confirm-when'] ?? 'unsure',
    inFigures: type === undefined ? undefined : inFigures(work, type, id, name, at),
    which: type === undefined ? undefined : compileWhich(work, { form, id, at, file, type, network, reading }),
  };
}

const valueKey = (name: string, { value, grammar, type }: SlotFile): string =>
  value ?? (type === undefined && grammar?.startsWith('builtin:digits') === true ? 'digits' : name);

/** What may be said: the dialplan's own grammar, or what people say for such a value. */
function slotNetwork(
  work: StateWork,
  file: SlotFile,
  type: ValueType | undefined,
  key: string,
  at: Path,
): Network | undefined {
  if (file.grammar !== undefined) return work.compiling.network(file.grammar, [...at, 'grammar']);
  return type === undefined ? undefined : typeNetwork(work, type, key, at);
}

/** Sentences that give several slots of a form at once. */
export interface Together {
  readonly network: Sayable;
  readonly slots: ReadonlySet<string>;
}

export function compileTogether(work: StateWork, { grammar, slots }: FileOf<'form'>, at: Path): Together | undefined {
  if (grammar === undefined) return undefined;
  const network = work.compiling.network(grammar, [...at, 'grammar']);
  const keys = new Set(network.arcs.flat().flatMap(({ tag }) => tag?.key ?? []));
  const named = new Set(Object.entries(slots).flatMap(([name, { secret }]) => (secret === true ? [] : [name])));
  for (const key of keys)
    if (!named.has(key))
      work.compiling.problem(
        [...at, 'grammar'],
        `expected slots of the form (${[...named].join(', ')}) in ${grammar}, found '${key}'`,
      );
  if (keys.size === 0 && !work.compiling.isUnreadable(network))
    work.compiling.problem([...at, 'grammar'], `expected sentences of ${grammar} that set slots of the form`);
  return { network: sayable(network), slots: named };
}

export function compileConfirm(work: StateWork, id: string, file: FileOf<'confirm'>, at: Path): PlanState {
  const compiling = work.compiling;
  const { plan } = compiling.source;
  const whole = formToCorrect(work, file.corrects);
  if (whole !== undefined && flowOf(file.corrects ?? '') !== flowOf(id))
    compiling.problem([...at, 'corrects'], 'expected a form of the same flow');
  const correction = whole === undefined ? slotToCorrect(work, file.corrects, [...at, 'corrects']) : undefined;
  const say = compiling.prompt(id, file.say, [...at, 'say']);
  const pressed = compiling.prompt('press-yes-or-no', phrasesIn(plan.language).pressYesOrNo, at);
  const ask = compileAsk(work.compiling, work.commands, {
    state: id,
    path: `${id}/asking`,
    id,
    file,
    at,
    say,
    keysSay:
      file['keys-say'] === undefined
        ? { ...say, id: `${id}/keys`, parts: [...say.parts, ' ', ...pressed.parts] }
        : compiling.prompt(`${id}/keys`, file['keys-say'], [...at, 'keys-say']),
    networks: [
      work.yesno,
      ...(file.grammar === undefined ? [] : [sayable(answersOf(work, file.grammar, [...at, 'grammar']))]),
      ...(correction === undefined ? [] : [correctionOf(correction.network, plan.language)]),
      ...(whole === undefined ? [] : [correctionOf(whole.network, plan.language)]),
    ],
    keys: oneKey(interDigitMs(plan, file.timing)),
    reads: {
      ...NOTHING_READ,
      answers: true,
      risk: file.risk ?? 'low',
      slot: correction?.reading,
      together: whole?.slots ?? NOTHING_READ.together,
    },
  });
  if (ask.keysSay !== undefined) compiling.prompts.set(ask.keysSay.id, ask.keysSay);
  return {
    kind: 'confirm',
    id,
    ask,
    yes: compiling.go(file.yes, id, `${id}/yes`, [...at, 'yes']),
    no: compiling.go(file.no, id, `${id}/no`, [...at, 'no']),
    corrects: whole === undefined ? undefined : file.corrects,
  };
}

/** A grammar of yes and no: sentences that mean neither would be heard and not understood. */
function answersOf(work: StateWork, grammar: string, path: Path): Network {
  const network = work.compiling.network(grammar, path);
  const answers = network.arcs.flat().flatMap(({ tag }) => (tag?.key === 'answer' ? [tag.value] : []));
  if (work.compiling.isUnreadable(network)) return network;
  if (answers.length === 0 || answers.some((answer) => answer !== 'yes' && answer !== 'no'))
    work.compiling.problem(path, `expected sentences of ${grammar} that set answer to yes or no`);
  return network;
}

/** The form of which "no, it is …" corrects any slot, by the form's own grammar. */
function formToCorrect(work: StateWork, name: string | undefined): Together | undefined {
  const form = name === undefined || name.includes('/') ? undefined : work.compiling.source.plan.states[name];
  return form?.kind === 'form' ? compileTogether(work, form, ['states', name ?? '']) : undefined;
}

/** The slot that "no, it is …" corrects. */
function slotToCorrect(
  work: StateWork,
  reference: string | undefined,
  path: Path,
): { readonly network: Sayable; readonly reading: SlotReading } | undefined {
  if (reference === undefined) return undefined;
  const [form = '', name = ''] = reference.split('/');
  const state = work.compiling.source.plan.states[form];
  const slot = state?.kind === 'form' ? state.slots[name] : undefined;
  const type = slot === undefined ? undefined : slotType(work, slot, ['states', form, 'slots', name]);
  const key = slot === undefined ? name : valueKey(name, slot);
  const network =
    slot === undefined || slot.secret === true
      ? undefined
      : slotNetwork(work, slot, type, key, slot.grammar === undefined ? ['states', form, 'slots', name] : path);
  if (slot === undefined || network === undefined) {
    work.compiling.problem(
      path,
      `expected form/slot of a slot with a grammar, or a form with a grammar, found '${reference}'`,
    );
    return undefined;
  }
  return {
    network: sayable(network),
    reading: {
      name,
      value: key,
      secret: false,
      free: false,
      min: 1,
      max: 1,
      matches: patternOf(work, slot.matches, ['states', form, 'slots', name, 'matches']),
      type,
      inPieces: false,
    },
  };
}

/** Shorter ones are choices. */
const LEAST_FIXED = 4;
const isFixed = (entry: Pick<KeyEntry, 'min' | 'max'> | undefined): boolean =>
  entry !== undefined && entry.min === entry.max && entry.min >= LEAST_FIXED;

function patternOf({ compiling }: StateWork, text: string | undefined, path: Path): Pattern | undefined {
  if (text === undefined) return undefined;
  const pattern = compilePattern(text);
  if (typeof pattern !== 'string') return pattern;
  compiling.problem(path, `expected ${pattern}`);
  return undefined;
}
