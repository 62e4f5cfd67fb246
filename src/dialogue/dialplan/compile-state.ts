import type { Listening } from '../dialogue.ts';
import type { Network } from '../grammar/network.ts';
import {
  compileAsk,
  correctionOf,
  interDigitMs,
  phrasesNetwork,
  sayable,
  type Sayable,
  type AskParts,
} from './compile-ask.ts';
import type { Compiling } from './compiling.ts';
import type { OptionFile, SlotFile, StateFile } from './dialplan-schema.ts';
import type { Path } from './dialplan-source.ts';
import { ENGLISH } from './english-phrases.ts';
import type { Ask, Command, Go, Option, PlanSlot, PlanState, Reads, SlotReading } from './plan.ts';

type FileOf<K extends StateFile['kind']> = Extract<StateFile, { readonly kind: K }>;

const NOTHING_READ: Reads = {
  options: [],
  free: false,
  answers: false,
  risk: 'low',
  slot: undefined,
  collectsDigits: false,
};

/** Compiles states one by one: references inside prompts, grammars and ways out are resolved here. */
export class StateCompiler {
  readonly #compiling: Compiling;
  readonly #commands: { readonly list: readonly Command[]; readonly network: Sayable };
  readonly #yesno: Sayable;

  constructor(compiling: Compiling, commands: { readonly list: readonly Command[]; readonly network: Sayable }) {
    this.#compiling = compiling;
    this.#commands = commands;
    this.#yesno = sayable(compiling.network('builtin:yesno', ['states']));
  }

  state(id: string, file: StateFile): PlanState {
    const compiling = this.#compiling;
    const at: Path = ['states', id];
    const go = (key: string, value: Parameters<Compiling['go']>[0]): Go =>
      compiling.go(value, id, `${id}/${key}`, [...at, key]);
    switch (file.kind) {
      case 'say':
        return {
          kind: 'say',
          id,
          say: compiling.prompt(id, file.say, [...at, 'say']),
          bargeIn: file['barge-in'] ?? compiling.source.plan['barge-in'] ?? 'both',
          next: go('next', file.next),
        };
      case 'menu':
      case 'question':
        return this.#choice(id, file, at);
      case 'form': {
        const slots = Object.entries(file.slots).map(([name, slot]) =>
          this.#slot(id, name, slot, [...at, 'slots', name]),
        );
        if (slots.length === 0) compiling.problem([...at, 'slots'], 'expected at least one slot');
        const { unless } = file;
        if (unless !== undefined) {
          this.#known(unless.known, [...at, 'unless', 'known']);
          compiling.go(unless.to, id, `${id}/unless`, [...at, 'unless', 'to']);
        }
        return { kind: 'form', id, slots, unless, next: go('next', file.next) };
      }
      case 'confirm':
        return this.#confirm(id, file, at);
      case 'look-up': {
        for (const [name, slot] of Object.entries(file.args ?? {})) this.#known(slot, [...at, 'args', name]);
        const refused = Object.entries(file.refused ?? {}).map(([because, refusal]) => {
          const path = [...at, 'refused', because];
          return {
            because,
            go: compiling.go(refusal, id, `${id}/${because}`, path),
            tries: refusal.tries,
            otherwise:
              refusal.otherwise === undefined
                ? undefined
                : compiling.go(refusal.otherwise, id, `${id}/${because}/otherwise`, [...path, 'otherwise']),
          };
        });
        return {
          kind: 'look-up',
          id,
          service: file.service,
          args: file.args ?? {},
          saves: file.saves ?? [],
          keeps: file.keeps ?? [],
          timeoutMs: file['timeout-ms'] ?? 8000,
          fillers: (file.fillers ?? []).map((filler, n) => ({
            afterMs: filler['after-ms'],
            say: compiling.prompt(`${id}/filler#${n + 1}`, filler.say, [...at, 'fillers', n, 'say']),
          })),
          done: go('done', file.done),
          refused,
          failed: go('failed', file.failed),
        };
      }
      case 'transfer': {
        for (const [n, name] of (file.context ?? []).entries()) this.#known(name, [...at, 'context', n]);
        const noAnswer = go('no-answer', file['no-answer']);
        return {
          kind: 'transfer',
          id,
          say: file.say === undefined ? undefined : compiling.prompt(id, file.say, [...at, 'say']),
          because: file.because,
          ringMs: file['ring-ms'] ?? 20_000,
          context: file.context ?? [],
          completed: go('completed', file.completed),
          noAnswer,
          busy: file.busy === undefined ? noAnswer : go('busy', file.busy),
          declined: file.declined === undefined ? noAnswer : go('declined', file.declined),
          failed: file.failed === undefined ? noAnswer : go('failed', file.failed),
        };
      }
      case 'end':
        return {
          kind: 'end',
          id,
          say: file.say === undefined ? undefined : compiling.prompt(id, file.say, [...at, 'say']),
          because: file.because ?? 'bot-hung-up',
        };
    }
  }

  #ask(parts: AskParts): Ask {
    return compileAsk(this.#compiling, this.#commands, parts);
  }

  #known(name: string, path: Path): void {
    const { names, source } = this.#compiling;
    const secret = secretsOf(source.plan.states).has(name);
    if (!names.has(name) && !secret) this.#compiling.problem(path, `expected a slot or value, found '${name}'`);
  }

  /** One key, for options and commands. */
  #oneKey(terminator: undefined, interDigit: number): Listening['keys'] {
    return { min: 1, max: 1, terminator, interDigitMs: interDigit, secret: false };
  }

  #choice(id: string, file: FileOf<'menu' | 'question'>, at: Path): PlanState {
    const compiling = this.#compiling;
    const { plan } = compiling.source;
    const lender = file['options-of'];
    const lent = lender === undefined ? undefined : plan.states[lender];
    if (lender !== undefined && lent?.kind !== 'menu' && lent?.kind !== 'question')
      compiling.problem([...at, 'options-of'], `expected a question or menu, found '${lender}'`);
    const sources: { readonly file: Partial<FileOf<'menu' | 'question'>>; readonly at: Path }[] = [{ file, at }];
    if (lender !== undefined && (lent?.kind === 'menu' || lent?.kind === 'question'))
      sources.push({ file: lent, at: ['states', lender] });

    const options = new Map<string, Option>();
    const labels: { label: string; key: string }[] = [];
    const networks: Sayable[] = [];
    const intents = new Set<string>();
    for (const { file: from, at: path } of sources) {
      for (const [name, option] of Object.entries(from.options ?? {})) {
        if (options.has(name)) continue;
        const taken = [...options.values()].find(({ keys }) => keys !== undefined && keys === option.keys);
        if (taken !== undefined && from === file)
          compiling.problem([...path, 'options', name, 'keys'], `expected a key that '${taken.name}' has not taken`);
        const keys = taken === undefined ? option.keys : undefined;
        options.set(name, this.#option(id, name, option, keys, [...path, 'options', name]));
        if (keys !== undefined) labels.push({ label: option.label ?? name.replaceAll('-', ' '), key: keys });
        if (option.phrases !== undefined) {
          networks.push(phrasesNetwork(option.phrases, 'intent', name));
          intents.add(name);
        }
      }
      if (from.grammar !== undefined) {
        const network = compiling.network(from.grammar, [...path, 'grammar']);
        networks.push(sayable(network));
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
    for (const [name, option] of Object.entries(file.options ?? {}))
      if (!intents.has(name) && option.keys === undefined && option.keywords === undefined)
        compiling.problem(
          [...at, 'options', name],
          `expected phrases, keys, keywords or an intent of the grammar that choose '${name}'`,
          true,
        );

    const list = [...options.values()];
    const reads = { ...NOTHING_READ, options: list, free: file.free ?? false };
    const say = compiling.prompt(id, file.say, [...at, 'say']);
    const keys = this.#oneKey(undefined, interDigitMs(plan, file.timing));
    const commandKeys = this.#commands.list.flatMap(({ keys, name }) =>
      keys !== undefined && name === 'person' ? [{ label: 'a person', key: keys }] : [],
    );
    const keysSay =
      labels.length === 0
        ? undefined
        : compiling.prompt(`${id}/keys`, file['keys-say'] ?? ENGLISH.keyMenu([...labels, ...commandKeys]), [
            ...at,
            'keys-say',
          ]);
    const yesOrNo = compiling.prompt('yes-or-no', ENGLISH.yesOrNo, at);
    return {
      kind: 'choice',
      id,
      options: list,
      ask: this.#ask({
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
      confirm: this.#ask({
        state: id,
        path: `${id}/confirming`,
        id: `${id}/confirm`,
        file: pick(file),
        at,
        say: yesOrNo,
        again: yesOrNo,
        keysSay: yesOrNo,
        networks: [this.#yesno, ...networks.map(correctionOf)],
        keys,
        reads: { ...reads, answers: true },
      }),
    };
  }

  #option(id: string, name: string, file: OptionFile, keys: string | undefined, at: Path): Option {
    const label = file.label ?? name.replaceAll('-', ' ');
    return {
      name,
      go: this.#compiling.go(file, id, `${id}/${name}`, at),
      keys,
      keywords: file.keywords ?? [],
      confirm: this.#compiling.prompt(`${id}/${name}/confirm`, file.confirm ?? ENGLISH.wanted(label), [
        ...at,
        'confirm',
      ]),
      risk: file.risk ?? 'low',
    };
  }

  #slot(form: string, name: string, file: SlotFile, at: Path): PlanSlot {
    const compiling = this.#compiling;
    const { plan } = compiling.source;
    const id = `${form}/${name}`;
    const secret = file.secret ?? false;
    if (secret && file.grammar !== undefined)
      compiling.problem([...at, 'grammar'], 'expected no grammar for a secret slot: keys only');
    if (secret && file.keys === undefined) compiling.problem(at, 'expected keys for a secret slot', true);
    if (!secret && file.grammar === undefined && file.keys === undefined)
      compiling.problem(at, 'expected a grammar or keys', true);
    if (file.keys !== undefined && file.keys.min > file.keys.max)
      compiling.problem([...at, 'keys', 'min'], 'expected min ≤ max');
    const network =
      file.grammar === undefined || secret ? undefined : compiling.network(file.grammar, [...at, 'grammar']);
    const reading: SlotReading = {
      name,
      value: file.value ?? (file.grammar?.startsWith('builtin:digits') ? 'digits' : name),
      secret,
      min: file.keys?.min ?? 1,
      max: file.keys?.max ?? 1,
      matches: file.matches === undefined ? undefined : new RegExp(`^(?:${file.matches})$`),
    };
    const say = compiling.prompt(id, file.say, [...at, 'say']);
    const interDigit = interDigitMs(plan, file.timing);
    const ask = this.#ask({
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
      networks: network === undefined ? undefined : [sayable(network)],
      keys:
        file.keys === undefined
          ? this.#oneKey(undefined, interDigit)
          : {
              min: file.keys.min,
              max: file.keys.max,
              terminator: file.keys.terminator,
              interDigitMs: interDigit,
              secret,
            },
      reads: { ...NOTHING_READ, slot: reading, collectsDigits: file.keys !== undefined },
    });
    if (file.confirm === undefined || network === undefined)
      return { name, secret, ask, confirm: undefined, confirmWhen: 'unsure' };
    const yesOrNo = compiling.prompt('yes-or-no', ENGLISH.yesOrNo, at);
    const readBack = compiling.prompt(`${id}/confirm`, file.confirm, [...at, 'confirm']);
    const confirm = this.#ask({
      state: form,
      path: `${id}/confirming`,
      id: `${id}/confirm`,
      file: pick(file),
      at,
      say: readBack,
      again: yesOrNo,
      keysSay: yesOrNo,
      networks: [this.#yesno, correctionOf(sayable(network))],
      keys: this.#oneKey(undefined, interDigit),
      reads: { ...NOTHING_READ, answers: true, slot: reading },
    });
    return { name, secret, ask, confirm, confirmWhen: file['confirm-when'] ?? 'unsure' };
  }

  #confirm(id: string, file: FileOf<'confirm'>, at: Path): PlanState {
    const compiling = this.#compiling;
    const { plan } = compiling.source;
    const corrected = this.#corrected(file.corrects, [...at, 'corrects']);
    const say = compiling.prompt(id, file.say, [...at, 'say']);
    const pressed = compiling.prompt('press-yes-or-no', ENGLISH.pressYesOrNo, at);
    const ask = this.#ask({
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
      networks: [this.#yesno, ...(corrected === undefined ? [] : [correctionOf(corrected.network)])],
      keys: this.#oneKey(undefined, interDigitMs(plan, file.timing)),
      reads: { ...NOTHING_READ, answers: true, risk: file.risk ?? 'low', slot: corrected?.reading },
    });
    if (ask.keysSay !== undefined) compiling.prompts.set(ask.keysSay.id, ask.keysSay);
    return {
      kind: 'confirm',
      id,
      ask,
      yes: compiling.go(file.yes, id, `${id}/yes`, [...at, 'yes']),
      no: compiling.go(file.no, id, `${id}/no`, [...at, 'no']),
    };
  }

  #corrected(
    reference: string | undefined,
    path: Path,
  ): { readonly network: Sayable; readonly reading: SlotReading } | undefined {
    if (reference === undefined) return undefined;
    const [form = '', name = ''] = reference.split('/');
    const state = this.#compiling.source.plan.states[form];
    const slot = state?.kind === 'form' ? state.slots[name] : undefined;
    if (slot?.grammar === undefined || slot.secret) {
      this.#compiling.problem(path, `expected form/slot of a slot with a grammar, found '${reference}'`);
      return undefined;
    }
    return {
      network: sayable(this.#compiling.network(slot.grammar, path)),
      reading: {
        name,
        value: slot.value ?? (slot.grammar.startsWith('builtin:digits') ? 'digits' : name),
        secret: false,
        min: 1,
        max: 1,
        matches: slot.matches === undefined ? undefined : new RegExp(`^(?:${slot.matches})$`),
      },
    };
  }
}

/** What a confirmation inside a state takes over from it. */
const pick = (file: FileOf<'menu' | 'question'> | SlotFile) => ({
  ...(file.tries === undefined ? {} : { tries: file.tries }),
  ...(file.escalate === undefined ? {} : { escalate: file.escalate }),
  ...(file['barge-in'] === undefined ? {} : { 'barge-in': file['barge-in'] }),
  ...(file.timing === undefined ? {} : { timing: file.timing }),
});

export function secretsOf(states: Readonly<Record<string, StateFile>>): Set<string> {
  const secrets = new Set<string>();
  for (const state of Object.values(states))
    if (state.kind === 'form')
      for (const [name, slot] of Object.entries(state.slots)) if (slot.secret === true) secrets.add(name);
  return secrets;
}

const intentsOf = (network: Network): Set<string> =>
  new Set(network.arcs.flat().flatMap((arc) => (arc.tag?.key === 'intent' ? [arc.tag.value] : [])));
