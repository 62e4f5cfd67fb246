import {
  checkPhrases,
  compileAsk,
  correctionOf,
  interDigitMs,
  phrasesNetwork,
  type Sayable,
  sayable,
} from './compile-ask.ts';
import type { OptionFile } from './dialplan-schema.ts';
import type { Path } from './dialplan-source.ts';
import { phrasesIn } from '../../language/phrases-in.ts';
import type { Option, PlanState } from './plan.ts';
import { type FileOf, intentsOf, NOTHING_READ, oneKey, pick, type StateWork } from './state-work.ts';

/** A menu or an open question: the same thing with different manners. */
export function compileChoice(work: StateWork, id: string, file: FileOf<'menu' | 'question'>, at: Path): PlanState {
  const compiling = work.compiling;
  const { plan } = compiling.source;
  const phrases = phrasesIn(plan.language);
  const lender = file['options-of'];
  const lent = lender === undefined ? undefined : plan.states[lender];
  if (lender !== undefined && lent?.kind !== 'menu' && lent?.kind !== 'question')
    compiling.problem([...at, 'options-of'], `expected a question or menu, found '${lender}'`);
  const lends = lender !== undefined && (lent?.kind === 'menu' || lent?.kind === 'question');
  const sources: readonly { readonly file: Partial<FileOf<'menu' | 'question'>>; readonly at: Path }[] = [
    { file, at },
    ...(lends ? [{ file: lent, at: ['states', lender] }] : []),
  ];

  const options = new Map<string, Option>();
  const labels: { label: string; key: string }[] = [];
  const networks: Sayable[] = [];
  const intents = new Set<string>();
  let unreadable = false;
  for (const { file: from, at: path } of sources) {
    for (const [name, option] of Object.entries(from.options ?? {})) {
      if (options.has(name)) continue;
      const taken = [...options.values()].find(({ keys }) => keys !== undefined && keys === option.keys);
      if (taken !== undefined && from === file)
        compiling.problem([...path, 'options', name, 'keys'], `expected a key that '${taken.name}' has not taken`);
      const keys = taken === undefined ? option.keys : undefined;
      options.set(name, compileOption(work, id, name, option, keys, [...path, 'options', name]));
      if (option.label !== undefined) compiling.inEveryLanguage([...path, 'options', name, 'label'], option.label);
      if (keys !== undefined) labels.push({ label: option.label ?? name.replaceAll('-', ' '), key: keys });
      if (option.phrases !== undefined) {
        checkPhrases(work.compiling, option.phrases, [...path, 'options', name, 'phrases']);
        networks.push(phrasesNetwork(option.phrases, 'intent', name));
        intents.add(name);
      }
    }
    if (from.grammar !== undefined) {
      const network = compiling.network(from.grammar, [...path, 'grammar']);
      networks.push(sayable(network));
      unreadable ||= compiling.isUnreadable(network);
      for (const intent of intentsOf(network)) {
        intents.add(intent);
        if (!options.has(intent))
          compiling.problem(
            [...path, 'grammar'],
            `expected an option for every intent of ${from.grammar}, found none for '${intent}'`,
          );
      }
    }
  }
  if (options.size === 0) compiling.problem(at, 'expected options');
  if (!unreadable) checkChosen(work, file, intents, at);

  const list = [...options.values()];
  const reads = { ...NOTHING_READ, options: list, free: file.free ?? false };
  const say = compiling.prompt(id, file.say, [...at, 'say']);
  const keys = oneKey(interDigitMs(plan, file.timing));
  const commandKeys = work.commands.list.flatMap(({ keys, name }) =>
    keys !== undefined && name === 'person' ? [{ label: phrases.aPerson, key: keys }] : [],
  );
  const keysSay =
    labels.length === 0
      ? undefined
      : compiling.prompt(`${id}/keys`, file['keys-say'] ?? phrases.keyMenu([...labels, ...commandKeys]), [
          ...at,
          'keys-say',
        ]);
  const yesOrNo = compiling.prompt('yes-or-no', phrases.yesOrNo, at);
  return {
    kind: 'choice',
    id,
    options: list,
    ask: compileAsk(work.compiling, work.commands, {
      state: id,
      path: `${id}/asking`,
      id,
      file,
      at,
      say,
      keysSay,
      networks: networks.length === 0 ? undefined : networks,
      keys,
      reads,
    }),
    confirm: compileAsk(work.compiling, work.commands, {
      state: id,
      path: `${id}/confirming`,
      id: `${id}/confirm`,
      file: pick(file),
      at,
      say: yesOrNo,
      again: yesOrNo,
      keysSay: yesOrNo,
      networks: [work.yesno, ...networks.map((network) => correctionOf(network, plan.language))],
      keys,
      reads: { ...reads, answers: true },
    }),
  };
}

/** Notes options that nothing chooses. */
function checkChosen(
  { compiling }: StateWork,
  { options = {} }: FileOf<'menu' | 'question'>,
  intents: ReadonlySet<string>,
  at: Path,
): void {
  for (const [name, option] of Object.entries(options))
    if (!intents.has(name) && !canBeChosen(option))
      compiling.problem(
        [...at, 'options', name],
        `expected phrases, keys, keywords, examples or an intent of the grammar that choose '${name}'`,
        true,
      );
}

const canBeChosen = ({ keys, keywords, examples }: OptionFile): boolean =>
  keys !== undefined || keywords !== undefined || examples !== undefined;

function compileOption(
  work: StateWork,
  id: string,
  name: string,
  file: OptionFile,
  keys: string | undefined,
  at: Path,
): Option {
  const label = file.label ?? name.replaceAll('-', ' ');
  return {
    name,
    go: work.compiling.go(file, id, `${id}/${name}`, at),
    keys,
    keywords: file.keywords ?? [],
    examples: file.examples ?? [],
    confirm: work.compiling.prompt(
      `${id}/${name}/confirm`,
      file.confirm ?? phrasesIn(work.compiling.source.plan.language).wanted(label),
      [...at, 'confirm'],
    ),
    risk: file.risk ?? 'low',
  };
}
