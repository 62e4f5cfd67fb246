import { IvrError } from '../../domain/error.ts';
import type { CustomerReference, IdentityItem } from '../../identity/customer-reference.ts';
import { tableRows } from './table-rows.ts';

/* The tables that `tellerline evaluate identity` reads: customers, dialogues turn by turn, and trials. */

export interface DialogueTurn {
  readonly turn: number;
  readonly item: IdentityItem;
  readonly attempt: number;
  readonly hypotheses: readonly string[];
}
export interface IdentityDialogue {
  readonly dialogue: string;
  readonly speaker: string;
  /** The customer who the caller is. */
  readonly scenario: string;
  /** In the order in which they were spoken. */
  readonly turns: readonly DialogueTurn[];
}
export interface IdentityTrial {
  readonly dialogue: string;
  readonly claimed: string;
  readonly genuine: boolean;
}

const ITEMS: Readonly<Record<string, IdentityItem>> = { postcode: 'postcode', name: 'name', dob: 'date-of-birth' };

/** @throws IvrError MANIFEST_INVALID with the file and line */
export function readRecords(file: string, text: string): readonly CustomerReference[] {
  return tableRows(file, text, ',', ['scenario_id', 'postcode', 'dob', 'name_first', 'name_last']).map(
    ({ line, values: [customer = '', postcode = '', dob = '', givenName = '', familyName = ''] }) => {
      const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(dob) ?? [];
      if (year === undefined) throw invalid(file, line, `the column dob expects a date such as 1979-09-27`);
      const dateOfBirth = { year: Number(year), month: Number(month), day: Number(day) };
      const none = { accounts: [], cards: [], phones: [], language: 'en' } as const;
      return { customer, givenName, familyName, dateOfBirth, postcode, ...none };
    },
  );
}

/** @throws IvrError MANIFEST_INVALID with the file and line */
export function readDialogues(file: string, text: string): readonly IdentityDialogue[] {
  const dialogues = new Map<string, IdentityDialogue & { readonly turns: DialogueTurn[] }>();
  const columns = ['dialogue_id', 'speaker_id', 'scenario_id', 'turn_num', 'item', 'attempt_num', 'nbest'];
  for (const { line, values } of tableRows(file, text, '\t', columns)) {
    const [dialogue = '', speaker = '', scenario = '', turn = '', named = '', attempt = '', nbest = ''] = values;
    const item = ITEMS[named];
    if (item === undefined) throw invalid(file, line, 'the column item expects postcode, name or dob');
    const known = dialogues.get(dialogue) ?? { dialogue, speaker, scenario, turns: [] };
    dialogues.set(dialogue, known);
    known.turns.push({ item, attempt: Number(attempt), turn: Number(turn), hypotheses: listIn(nbest, file, line) });
  }
  return [...dialogues.values()].map((one) => ({ ...one, turns: one.turns.toSorted((a, b) => a.turn - b.turn) }));
}

/** @throws IvrError MANIFEST_INVALID with the file and line */
export const readTrials = (file: string, text: string): readonly IdentityTrial[] =>
  tableRows(file, text, '\t', ['dialogue_id', 'claimed_scenario_id', 'genuine']).map(
    ({ line, values: [dialogue = '', claimed = '', genuine = ''] }) => {
      if (genuine !== '0' && genuine !== '1') throw invalid(file, line, 'the column genuine expects 0 or 1');
      return { dialogue, claimed, genuine: genuine === '1' };
    },
  );

function listIn(json: string, file: string, line: number): readonly string[] {
  try {
    const list: unknown = JSON.parse(json);
    if (Array.isArray(list) && list.every((one) => typeof one === 'string'))
      return list.filter((one) => one.trim() !== '');
  } catch {
    // said below
  }
  throw invalid(file, line, 'the column nbest expects a JSON list of texts');
}

const invalid = (file: string, line: number, what: string): IvrError =>
  new IvrError('MANIFEST_INVALID', `${file}:${line}: ${what}`, { file, line });
