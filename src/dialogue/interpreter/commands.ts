import type { Ask, Command } from '../dialplan/plan.ts';
import { HELP } from '../dialplan/compile-command.ts';
import { beginAsking, countNoInput, countNoMatch, isSilentTooLong, listenAt, unanswered } from './asking.ts';
import { digress } from './calling.ts';
import { DIGRESSION, freshFrame, type Place } from './conversation.ts';
import { type Draft, frameOf, type Program, remember } from './draft.ts';
import { breakOff, go } from './go.ts';
import { resume } from './resume.ts';
import { sayOnce } from './speaking.ts';

/*
 * A command may be said anywhere, and recognizers hear things. Those that end the call are asked about first, in a frame of
 * their own; "no", and silence, lead back to the question that they interrupted.
 */

/** Whether a command is about the question that is open, which answers it itself. A help of the dialplan's own is none. */
export const staysAt = ({ commands }: Program, name: string): boolean => {
  const command = commands.get(name);
  return name === 'repeat' || (name === HELP && command?.go === undefined && command?.aside === undefined);
};

/** Whether the question that a command interrupts may be asked again behind it. */
export const comesBack = ({ commands }: Program, name: string): boolean => {
  const command = commands.get(name);
  return command?.aside !== undefined || (command?.go !== undefined && command.confirm !== undefined);
};

/** Where a command leads from any question. One command may interrupt the question about another. */
export function obeyOrAsk(draft: Draft, name: string): void {
  const command = draft.program.commands.get(name);
  if (command?.aside !== undefined) {
    const { frames } = draft.now;
    if (frameOf(draft).flow === DIGRESSION) remember(draft, { frames: frames.slice(0, -1) });
    digress(draft, command.aside);
    return;
  }
  if (command?.go === undefined) return;
  if (command.confirm === undefined) {
    obey(draft, command);
    return;
  }
  const at: Place = { state: `COMMAND-${name}`, slot: null, phase: 'passing' };
  const { frames } = draft.now;
  const below = frameOf(draft).flow === DIGRESSION ? frames.slice(0, -1) : frames;
  remember(draft, { frames: [...below, freshFrame(DIGRESSION, at)] });
}

function obey(draft: Draft, { go: to, name }: Command): void {
  if (to !== undefined) go(draft, to, name === 'person' ? 'requested' : undefined);
}

/** The command that the caller is being asked about. */
export function commandAt({ commands }: Program, { state }: Place): (Command & { readonly confirm: Ask }) | undefined {
  const command = commands.get(/^COMMAND-(.*)$/.exec(state)?.[1] ?? '');
  return command?.confirm === undefined ? undefined : { ...command, confirm: command.confirm };
}

export const beginCommand = (draft: Draft, { confirm, name }: Command & { readonly confirm: Ask }): void =>
  beginAsking(draft, confirm, { state: `COMMAND-${name}`, slot: null, phase: 'asking' });

export function answerCommand(draft: Draft, command: Command & { readonly confirm: Ask }): void {
  const { event, program } = draft;
  const { confirm } = command;
  switch (event?.type) {
    case 'yes':
      obey(draft, command);
      return;
    case 'no':
      sayOnce(draft, 'both', [program.plan.keptSay]);
      goBack(draft);
      return;
    case 'command':
      if (event.command === command.name) obey(draft, command);
      else if (staysAt(program, event.command)) unanswered(draft, confirm);
      else obeyOrAsk(draft, event.command);
      return;
    case 'no-input': {
      const tooLong = isSilentTooLong(draft);
      countNoInput(draft);
      if (tooLong) breakOff(draft, program.plan.silent);
      else goBack(draft);
      return;
    }
    case 'no-match':
      countNoMatch(draft);
      if (frameOf(draft).troubles.noMatches >= confirm.tries) goBack(draft);
      else {
        sayOnce(draft, confirm.bargeIn, [confirm.again]);
        listenAt(draft, confirm, frameOf(draft).at);
      }
      return;
    default:
      unanswered(draft, confirm);
  }
}

/** Back to the question that was interrupted. */
function goBack(draft: Draft): void {
  remember(draft, { frames: draft.now.frames.slice(0, -1) });
  resume(draft);
}
