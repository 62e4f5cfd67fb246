import type { DialoguePlace, Heard } from '../../dialogue/dialogue.ts';
import type { CallFact, EndReason } from '../../domain/call-event.ts';

/** What came of one line of a script. */
export interface TrialAnswer {
  readonly bot: readonly string[];
  /** What was heard may mean this: intents, commands, answers and slots, the surest first. */
  readonly understood: readonly { readonly name: string; readonly confidence: number }[];
  /** Acted on; asked back whether it was meant; or nothing came of it but an apology or silence. */
  readonly how: 'taken' | 'asked' | 'none';
  readonly flow: string;
  readonly state: string;
  readonly slots: Readonly<Record<string, string>>;
  readonly actions: readonly TrialAction[];
  /** `transferred`: a person has answered; otherwise why the call ended. */
  readonly outcome?: EndReason | 'transferred';
  readonly ended?: true;
}

interface TrialAction {
  readonly name: string;
  readonly args: Readonly<Record<string, string>>;
}

/** What happens between two answers. */
export interface TrialRecord {
  readonly bot: string[];
  readonly actions: TrialAction[];
  readonly facts: CallFact[];
  readonly heard: Heard[];
  /** What keys meant. */
  readonly keyed: string[];
  transferred: boolean;
}

export const newRecord = (): TrialRecord => ({
  bot: [],
  actions: [],
  facts: [],
  heard: [],
  keyed: [],
  transferred: false,
});

interface Course {
  readonly before: DialoguePlace | undefined;
  readonly after: DialoguePlace | undefined;
  readonly ended: EndReason | undefined;
}

export function trialAnswer(record: TrialRecord, course: Course): TrialAnswer {
  const { after, ended } = course;
  const outcome = ended === undefined || ended === 'bot-hung-up' ? (record.transferred ? 'transferred' : ended) : ended;
  return {
    bot: record.bot,
    understood: understoodIn(record),
    how: howTaken(record, course),
    flow: after?.flow ?? '',
    state: after?.state ?? '',
    slots: after?.slots ?? {},
    actions: record.actions,
    ...(outcome === undefined ? {} : { outcome }),
    ...(ended === undefined ? {} : { ended: true }),
  };
}

/** Keys of a meaning whose value is the name of what is meant. */
const NAMING: ReadonlySet<string> = new Set(['intent', 'command', 'aside', 'answer']);

function understoodIn({ heard, keyed }: TrialRecord): TrialAnswer['understood'] {
  const surest = new Map<string, number>();
  const add = (name: string, confidence: number): void => {
    surest.set(name, Math.max(confidence, surest.get(name) ?? 0));
  };
  for (const { interpretations } of heard)
    for (const { meaning, confidence, also } of interpretations) {
      for (const [key, value] of Object.entries(meaning)) add(NAMING.has(key) ? value : key, confidence);
      // both are sure where there are two
      if (also !== undefined) add(also, confidence);
    }
  for (const name of keyed) add(name, 1);
  return [...surest]
    .map(([name, confidence]) => ({ name, confidence }))
    .toSorted((a, b) => b.confidence - a.confidence);
}

function howTaken({ bot, actions, facts, heard }: TrialRecord, { before, after }: Course): TrialAnswer['how'] {
  const answered = facts.some(({ type }) => type === 'recognized' || type === 'digits-keyed');
  if (!answered || facts.some(({ type }) => type === 'no-match')) return 'none';
  if (bot.length === 0 && actions.length === 0) return 'none';
  // words of another language that mean nothing: only the language is taken
  if (
    before?.language !== after?.language &&
    heard.length > 0 &&
    heard.every(({ interpretations }) => interpretations.length === 0)
  )
    return 'none';
  const begun = heard[0]?.unfinished === true;
  return begun || (after?.confirming === true && (before?.confirming !== true || before.state === after.state))
    ? 'asked'
    : 'taken';
}
