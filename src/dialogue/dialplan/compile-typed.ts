import { anyOf, type Network } from '../../grammar/automaton/network.ts';
import * as english from '../../language/en/spoken-answers.ts';
import { phrasesIn } from '../../language/phrases-in.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import * as chinese from '../../language/zh/spoken-answers.ts';
import { openValueType } from '../values/open-value-type.ts';
import type { ValueType } from '../values/value-type.ts';
import {
  checkPhrases,
  compileAsk,
  correctionOf,
  interDigitMs,
  phrasesNetwork,
  type Sayable,
  sayable,
} from './compile-ask.ts';
import type { SlotFile } from './dialplan-schema.ts';
import type { Path } from './dialplan-source.ts';
import type { Ask, SlotReading } from './plan.ts';
import type { PromptNames, PromptTemplate } from './prompt-template.ts';
import { NOTHING_READ, oneKey, pick, type StateWork } from './state-work.ts';

/* What slots that say what they are have without a word in the dialplan: grammar, keys, reading back, and the question which reading is meant. */

/** The values of a slot; undefined: it does not say what they are. */
export function slotType({ compiling }: StateWork, file: SlotFile, at: Path): ValueType | undefined {
  if (file.type === undefined) return undefined;
  const type = openValueType(file.type);
  if (typeof type !== 'string') return type;
  compiling.problem([...at, 'type'], type);
  return undefined;
}

/** What may be said for a value, with what it means under `key`; undefined: nothing is, without a grammar of the dialplan. */
export function typeNetwork(work: StateWork, type: ValueType, key: string, at: Path): Network | undefined {
  if (type.choices !== undefined) {
    for (const [name, phrases] of Object.entries(type.choices)) {
      const path = [...at, 'type', 'choices', name];
      checkPhrases(work.compiling, phrases, path);
      // prompts say the first
      work.compiling.inEveryLanguage([...path, 0], phrases[0] ?? '');
    }
    return anyOf(Object.entries(type.choices).map(([name, phrases]) => phrasesNetwork(phrases, key, name).meaning));
  }
  if (type.builtin === undefined) return undefined;
  const reference = `${type.builtin}${type.builtin.includes('?') ? ';' : '?'}as=${key}`;
  return work.compiling.network(reference, [...at, 'type']);
}

/** The question of a slot for those who can only key: what they key for a choice. */
export function typedKeysSay(
  work: StateWork,
  type: ValueType,
  id: string,
  say: PromptTemplate,
  at: Path,
): PromptTemplate {
  const phrases = phrasesIn(work.compiling.source.plan.language);
  const menu =
    type.choices !== undefined
      ? phrases.keyMenu(Object.values(type.choices).map(([label = ''], n) => ({ label, key: String(n + 1) })))
      : type.name === 'yesno'
        ? phrases.pressYesOrNo
        : undefined;
  if (menu === undefined) return say;
  const keys = work.compiling.prompt(`${id}/press`, menu, at);
  const both = { id: `${id}/keys`, parts: [...say.parts, ' ', ...keys.parts] };
  work.compiling.prompts.set(both.id, both);
  return both;
}

/** Reads a value back figure by figure, where it is easily taken for another one. */
export function inFigures(
  work: StateWork,
  type: ValueType,
  id: string,
  name: string,
  at: Path,
): PromptTemplate | undefined {
  if (type.name !== 'amount' && type.name !== 'number') return undefined;
  return work.compiling.prompt(
    `${id}/figures`,
    phrasesIn(work.compiling.source.plan.language).heardInFigures(name),
    at,
  );
}

/** Names of the two readings in the question which of them is meant. */
export const READINGS = ['first-reading', 'second-reading'] as const;

export interface WhichParts {
  readonly form: string;
  readonly id: string;
  readonly at: Path;
  readonly file: SlotFile;
  readonly type: ValueType;
  readonly network: Network;
  readonly reading: SlotReading;
}

/** "Did you mean twelve dollars and fifty cents, or one thousand two hundred fifty dollars?" */
export function compileWhich(work: StateWork, { form, id, at, file, type, network, reading }: WhichParts): Ask {
  const { compiling } = work;
  const { plan } = compiling.source;
  const phrases = phrasesIn(plan.language);
  const names: PromptNames = { known: new Set(READINGS), types: new Map(READINGS.map((name) => [name, type])) };
  const say = compiling.prompt(`${id}/which`, phrases.which(...READINGS), at, names);
  return compileAsk(compiling, work.commands, {
    state: form,
    path: `${id}/choosing`,
    id: `${id}/which`,
    file: pick(file),
    at,
    say,
    again: say,
    keysSay: compiling.prompt(`${id}/which/keys`, phrases.pressWhich(...READINGS), at, names),
    networks: [picksIn(plan.language), correctionOf(sayable(network), plan.language)],
    keys: oneKey(interDigitMs(plan, file.timing)),
    reads: { ...NOTHING_READ, picks: true, slot: reading },
  });
}

function picksIn(language: string): Sayable {
  const { FIRST, SECOND } = primaryLanguage(language) === 'zh' ? chinese : english;
  return sayable(anyOf([phrasesNetwork(FIRST, 'pick', '1').meaning, phrasesNetwork(SECOND, 'pick', '2').meaning]));
}
