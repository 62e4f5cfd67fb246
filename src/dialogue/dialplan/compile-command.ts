import { compileAsk, compileAside, interDigitMs } from './compile-ask.ts';
import type { Compiling } from './compiling.ts';
import type { CommandFile } from './dialplan-schema.ts';
import type { PlanFile } from './flatten-flows.ts';
import { phrasesIn } from '../../language/phrases-in.ts';
import type { Command } from './plan.ts';
import { NOTHING_READ, oneKey, type StateWork } from './state-work.ts';

/** Tells what may be said at the question that is open, where it says nothing and leads nowhere of its own. */
export const HELP = 'help';
export const isHelp = (name: string, { to, say, call }: CommandFile): boolean =>
  name === HELP && to === undefined && say === undefined && call === undefined;
/** A "yes" that was half heard ends no call. */
const CONFIRMING = { ...NOTHING_READ, answers: true, risk: 'high' } as const;
/** Not understood as yes or no so often: back to the question that was interrupted. */
const TRIES = 2;

/** What may be said anywhere; without the question that is asked before it is obeyed. */
export function compileCommand(compiling: Compiling, name: string): Command {
  const command = compiling.source.plan.commands.list[name] ?? {};
  const path = ['commands', 'list', name];
  const { to } = command;
  const aside = to === undefined && name !== 'repeat' && !isHelp(name, command);
  if (aside && command.say === undefined && command.call === undefined)
    compiling.problem(
      path,
      `expected 'to', or 'say' or 'call' and the same question again, for the command '${name}'`,
      true,
    );
  if (!aside && command.call !== undefined)
    compiling.problem([...path, 'call'], `expected 'to' or 'call' for the command '${name}', found both`, true);
  const { say, call, keywords } = command;
  const asked = {
    ...(say === undefined ? {} : { say }),
    ...(call === undefined ? {} : { call }),
    keywords: keywords ?? [],
  };
  return {
    name,
    go: to === undefined ? undefined : compiling.go({ ...command, to }, undefined, `commands/${name}`, path),
    aside:
      aside && (say !== undefined || call !== undefined)
        ? compileAside(compiling, name, asked, `commands/${name}`, path)
        : undefined,
    keys: command.keys,
    keywords: command.keywords ?? [],
    examples: command.examples ?? [],
    risk: command.risk ?? 'low',
    confirm: undefined,
  };
}

/** A command with the question that is asked before it is obeyed: always when it ends the call. */
export function compileCommandConfirm(work: StateWork, command: Command): Command {
  const { compiling } = work;
  const { plan } = compiling.source;
  const { name, go } = command;
  const text = plan.commands.list[name]?.confirm;
  const at = ['commands', 'list', name];
  if (go === undefined) {
    if (text !== undefined) compiling.problem([...at, 'confirm'], `expected no confirmation of '${name}'`, true);
    return command;
  }
  if (text === undefined && !endsCall(go.to, plan)) return command;
  const phrases = phrasesIn(plan.language);
  const id = `commands/${name}/confirm`;
  const yesOrNo = compiling.prompt('yes-or-no', phrases.yesOrNo, at);
  const pressed = compiling.prompt('press-yes-or-no', phrases.pressYesOrNo, at);
  const say = compiling.prompt(id, text ?? phrases.endCall, [...at, 'confirm']);
  const keysSay = { id: `${id}/keys`, parts: [...say.parts, ' ', ...pressed.parts] };
  compiling.prompts.set(keysSay.id, keysSay);
  return {
    ...command,
    confirm: compileAsk(compiling, work.commands, {
      state: undefined,
      path: `COMMAND-${name}/asking`,
      id,
      file: { tries: TRIES },
      at,
      say,
      again: yesOrNo,
      keysSay,
      networks: [work.yesno],
      keys: oneKey(interDigitMs(plan, undefined)),
      reads: CONFIRMING,
    }),
  };
}

/** Whether a state leads to an end before the caller is asked anything or put through to anybody. */
function endsCall(from: string, { states, flows, trouble }: PlanFile): boolean {
  const reached = new Set([from]);
  for (const id of reached) {
    const state = states[id];
    switch (state?.kind) {
      case 'end':
        return true;
      case 'say':
      case 'set':
        reached.add(targetOf(state.next));
        break;
      case 'branch':
        for (const go of [...state.ways, state.otherwise]) reached.add(targetOf(go));
        break;
      case 'look-up':
        for (const go of [state.done, state.failed ?? trouble.escalate, ...Object.values(state.refused ?? {})])
          reached.add(targetOf(go));
        for (const { otherwise } of Object.values(state.refused ?? {}))
          if (otherwise !== undefined) reached.add(targetOf(otherwise));
        break;
      case 'call':
        reached.add(flows[state.flow]?.start ?? '');
        break;
    }
  }
  return false;
}

const targetOf = (go: string | { readonly to: string }): string => (typeof go === 'string' ? go : go.to);
