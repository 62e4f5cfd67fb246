import type { Network } from '../../grammar/automaton/network.ts';
import type { Compiling } from './compiling.ts';
import { compileAsk, correctionOf, interDigitMs, type Sayable, sayable } from './compile-ask.ts';
import type { SlotFile } from './dialplan-schema.ts';
import type { Path } from './dialplan-source.ts';
import { flowOf } from './flow-names.ts';
import { ENGLISH } from '../../language/en/standard-phrases.ts';
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
  const network =
    file.grammar === undefined || secret ? undefined : compiling.network(file.grammar, [...at, 'grammar']);
  const reading: SlotReading = {
    name,
    value: file.value ?? (file.grammar?.startsWith('builtin:digits') ? 'digits' : name),
    secret,
    free,
    min: file.keys?.min ?? 1,
    max: file.keys?.max ?? 1,
    matches: patternOf(work, file.matches, [...at, 'matches']),
  };
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
      file.keys === undefined
        ? undefined
        : file['keys-say'] === undefined
          ? say
          : compiling.prompt(`${id}/keys`, file['keys-say'], [...at, 'keys-say']),
    invalid:
      file.invalid === undefined ? undefined : compiling.prompt(`${id}/invalid`, file.invalid, [...at, 'invalid']),
    networks: spoken.length === 0 && !free ? undefined : spoken,
    keys:
      file.keys === undefined
        ? oneKey(interDigit)
        : {
            min: file.keys.min,
            max: file.keys.max,
            terminator: file.keys.terminator,
            interDigitMs: interDigit,
            secret,
          },
    reads: {
      ...NOTHING_READ,
      free,
      slot: reading,
      collectsDigits: file.keys !== undefined,
      together: secret ? NOTHING_READ.together : (together?.slots ?? NOTHING_READ.together),
    },
  });
  if (file.confirm === undefined || network === undefined)
    return { name, secret, keep, ...condition, ask, confirm: undefined, confirmWhen: 'unsure' };
  const yesOrNo = compiling.prompt('yes-or-no', ENGLISH.yesOrNo, at);
  const readBack = compiling.prompt(`${id}/confirm`, file.confirm, [...at, 'confirm']);
  const confirm = compileAsk(work.compiling, work.commands, {
    state: form,
    path: `${id}/confirming`,
    id: `${id}/confirm`,
    file: pick(file),
    at,
    say: readBack,
    again: yesOrNo,
    keysSay: yesOrNo,
    networks: [work.yesno, correctionOf(sayable(network))],
    keys: oneKey(interDigit),
    reads: { ...NOTHING_READ, answers: true, slot: reading },
  });
  return { name, secret, keep, ...condition, ask, confirm, confirmWhen: file['confirm-when'] ?? 'unsure' };
}

/** What a slot says that does not go together. */
function checkSlot(compiling: Compiling, file: SlotFile, at: Path): void {
  const { secret = false, free = false, keep } = file;
  if (secret && keep === 'call')
    compiling.problem([...at, 'keep'], 'expected no keep for a secret slot: it is never kept');
  if (secret && file.grammar !== undefined)
    compiling.problem([...at, 'grammar'], 'expected no grammar for a secret slot: keys only');
  if (secret && file.keys === undefined) compiling.problem(at, 'expected keys for a secret slot', true);
  if (!secret && !free && file.grammar === undefined && file.keys === undefined)
    compiling.problem(at, 'expected a grammar, free or keys', true);
  if (free && (secret || file.grammar !== undefined || file.confirm !== undefined || file.matches !== undefined))
    compiling.problem(
      [...at, 'free'],
      'expected no grammar, matches or confirm for a free slot, and no secret: whatever is said is its value',
    );
  if (file.keys !== undefined && file.keys.min > file.keys.max)
    compiling.problem([...at, 'keys', 'min'], 'expected min ≤ max');
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
  const pressed = compiling.prompt('press-yes-or-no', ENGLISH.pressYesOrNo, at);
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
      ...(correction === undefined ? [] : [correctionOf(correction.network)]),
      ...(whole === undefined ? [] : [correctionOf(whole.network)]),
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
  if (slot?.grammar === undefined || slot.secret) {
    work.compiling.problem(
      path,
      `expected form/slot of a slot with a grammar, or a form with a grammar, found '${reference}'`,
    );
    return undefined;
  }
  return {
    network: sayable(work.compiling.network(slot.grammar, path)),
    reading: {
      name,
      value: slot.value ?? (slot.grammar.startsWith('builtin:digits') ? 'digits' : name),
      secret: false,
      free: false,
      min: 1,
      max: 1,
      matches: patternOf(work, slot.matches, ['states', form, 'slots', name, 'matches']),
    },
  };
}

function patternOf({ compiling }: StateWork, text: string | undefined, path: Path): Pattern | undefined {
  if (text === undefined) return undefined;
  const pattern = compilePattern(text);
  if (typeof pattern !== 'string') return pattern;
  compiling.problem(path, `expected ${pattern}`);
  return undefined;
}
