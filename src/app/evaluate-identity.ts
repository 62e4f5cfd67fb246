import { readFile } from 'node:fs/promises';
import { IvrError, systemCode } from '../domain/error.ts';
import type { CallerSignals } from '../identity/caller-signals.ts';
import type { CustomerReference } from '../identity/customer-reference.ts';
import { beginIdentity, type IdentityEffect, type IdentityState, step } from '../identity/identity-machine.ts';
import { DEFAULT_IDENTITY_POLICY } from '../identity/identity-machine.ts';
import { readingsOf } from '../identity/evidence/readings.ts';
import { type HeardItems, rankCustomers, verificationScore } from '../identity/verify-items.ts';
import { equalErrorRate, frrAtFar, thresholdAt, errorRates } from '../lab/evaluation/error-rates.ts';
import { type IdentityDialogue, readDialogues, readRecords, readTrials } from '../lab/evaluation/identity-tables.ts';

export interface IdentityFiles {
  readonly records: string;
  readonly dialogues: string;
  readonly trials: string;
}

/** Shares are of 1. */
export interface IdentityEvaluation {
  readonly verificationEer: number;
  readonly verificationFrrAtFar1in100: number;
  readonly verificationFrrAtFar1in1000All: number;
  readonly samePostcodeEer: number;
  readonly samePostcodeAcceptedAtFar1in1000: number;
  readonly identificationIr1ByPostcode: number;
  readonly identificationIr1Open: number;
  readonly identificationWrongAt98: number;
  readonly turnsUsed: number;
  readonly attempts: 'until understood, items again until verified';
  readonly decisions: {
    readonly genuineVerified: number;
    readonly impostorVerified: number;
    readonly samePostcodeVerified: number;
  };
}

const UNKNOWN_CALLER: CallerSignals = {
  number: '',
  attestation: undefined,
  reputation: 'unknown',
  claimedCustomers: 0,
};
/** As many rounds as the dialogues have attempts. */
const POLICY = { ...DEFAULT_IDENTITY_POLICY, rounds: 3 };

/** @throws IvrError MANIFEST_INVALID with the file and line */
export async function evaluateIdentity(files: IdentityFiles): Promise<IdentityEvaluation> {
  const records = readRecords(files.records, await textOf(files.records));
  const byId = new Map(records.map((record) => [record.customer, record]));
  const dialogues = new Map(
    readDialogues(files.dialogues, await textOf(files.dialogues)).map((one) => [one.dialogue, one]),
  );
  const trials = readTrials(files.trials, await textOf(files.trials));
  const neighbours = new Map<string, CustomerReference[]>();
  for (const record of records) neighbours.set(record.postcode, [...(neighbours.get(record.postcode) ?? []), record]);
  const scores: Scores = { genuine: [], random: [], all: [], samePostcode: [] };
  const decided = { genuine: 0, random: 0, samePostcode: 0 };
  const identified: Identified[] = [];
  let turns = 0;
  for (const trial of trials) {
    const dialogue = dialogues.get(trial.dialogue);
    const claimed = byId.get(trial.claimed);
    if (dialogue === undefined || claimed === undefined)
      throw new IvrError(
        'MANIFEST_INVALID',
        `${files.trials}: a trial names a dialogue or a customer that is not there`,
        {},
      );
    const run = runDialogue(dialogue, () => [claimed]);
    (trial.genuine ? scores.genuine : scores.random).push(run.score);
    if (run.verified) decided[trial.genuine ? 'genuine' : 'random'] += 1;
    if (!trial.genuine) continue;
    turns += run.turns;
    for (const record of neighbours.get(claimed.postcode) ?? []) {
      if (record === claimed) continue;
      const other = runDialogue(dialogue, () => [record]);
      scores.samePostcode.push(other.score);
      if (other.verified) decided.samePostcode += 1;
    }
    // nobody of the others is let through at the first round: they hear all of it, and are scored by all of it
    const whole = runDialogue(dialogue, () => []).state.heard;
    const score = verificationScore(POLICY.items, whole, POLICY.language);
    for (const record of records) if (record !== claimed) scores.all.push(score(record));
    identified.push(identify(dialogue, whole, claimed, records));
  }
  return summed(scores, decided, identified, turns);
}

interface Scores {
  readonly genuine: number[];
  readonly random: number[];
  readonly all: number[];
  readonly samePostcode: number[];
}
interface Identified {
  readonly open: boolean;
  readonly byPostcode: boolean;
  readonly posterior: number;
}

/** Plays what was recorded to the machine that answers calls. */
function runDialogue(
  dialogue: IdentityDialogue,
  found: (heard: HeardItems) => readonly CustomerReference[],
): {
  readonly state: IdentityState;
  readonly verified: boolean;
  readonly score: number;
  readonly turns: number;
} {
  const left = new Map(POLICY.items.map((item) => [item, dialogue.turns.filter((turn) => turn.item === item)]));
  let [state, ...effects] = step(beginIdentity(POLICY), {
    type: 'identification-began',
    signals: UNKNOWN_CALLER,
    mayTry: true,
  });
  let turns = 0;
  let verified = false;
  const answer = (effect: IdentityEffect): ReturnType<typeof step> => {
    switch (effect.do) {
      case 'ask-item': {
        const turn = left.get(effect.item)?.shift();
        if (turn === undefined) return step(state, { type: 'item-not-answered' });
        turns += 1;
        return step(
          state,
          turn.hypotheses.length === 0
            ? { type: 'item-not-answered' }
            : { type: 'item-answered', hearing: turn.hypotheses },
        );
      }
      case 'find-customers':
        return step(state, { type: 'customers-found', customers: found(state.heard) });
      case 'count-attempt':
        return step(state, { type: 'attempt-counted', mayTry: true });
      case 'conclude':
        verified = effect.outcome === 'verified';
        return [state];
      case 'forget-attempts':
        return [state];
    }
  };
  for (let effect = effects.shift(); effect !== undefined; effect = effects.shift()) {
    const [next, ...more] = answer(effect);
    state = next;
    effects = [...effects, ...more];
  }
  return { state, verified, score: state.score ?? -Infinity, turns };
}

/** Nobody is claimed: the machine is given whoever fits best, and asks on until one of them stands out. */
function identify(
  dialogue: IdentityDialogue,
  whole: HeardItems,
  caller: CustomerReference,
  records: readonly CustomerReference[],
): Identified {
  const fitting = (heard: HeardItems): readonly CustomerReference[] =>
    rankCustomers(records, heard, POLICY.language, 5).map(({ customer }) => customer);
  const { heard } = runDialogue(dialogue, fitting).state;
  const [best] = rankCustomers(records, heard, POLICY.language, 1);
  // by postcode: all attempts, as the measure's authors count it
  const postcodes = new Set(
    (whole.postcode ?? []).flatMap((hearing) =>
      readingsOf('postcode', hearing, POLICY.language).spelling.map(withoutLookalikes),
    ),
  );
  const near = records.filter(({ postcode }) => postcodes.has(withoutLookalikes(postcode.toLowerCase())));
  const [nearest] = rankCustomers(near, whole, POLICY.language, 1);
  return {
    open: best?.customer === caller,
    byPostcode: nearest?.customer === caller,
    posterior: best?.posterior ?? 0,
  };
}

function summed(
  { genuine, random, all, samePostcode }: Scores,
  decided: { readonly genuine: number; readonly random: number; readonly samePostcode: number },
  identified: readonly Identified[],
  turns: number,
): IdentityEvaluation {
  const strict = thresholdAt(all, 1 / 1000);
  const share = (part: number, whole: number): number => rounded(part / Math.max(1, whole));
  // the surest 98 of 100
  const accepted = identified
    .toSorted((a, b) => b.posterior - a.posterior)
    .slice(0, Math.ceil(0.98 * identified.length));
  return {
    verificationEer: rounded(equalErrorRate(genuine, random)),
    verificationFrrAtFar1in100: rounded(frrAtFar(genuine, random, 1 / 100)),
    verificationFrrAtFar1in1000All: rounded(frrAtFar(genuine, all, 1 / 1000)),
    samePostcodeEer: rounded(equalErrorRate(genuine, samePostcode)),
    samePostcodeAcceptedAtFar1in1000: rounded(errorRates(genuine, samePostcode)(strict).far),
    identificationIr1ByPostcode: share(identified.filter(({ byPostcode }) => byPostcode).length, identified.length),
    identificationIr1Open: share(identified.filter(({ open }) => open).length, identified.length),
    identificationWrongAt98: share(accepted.filter(({ open }) => !open).length, identified.length),
    turnsUsed: share(turns, genuine.length),
    attempts: 'until understood, items again until verified',
    decisions: {
      genuineVerified: share(decided.genuine, genuine.length),
      impostorVerified: share(decided.random, random.length),
      samePostcodeVerified: share(decided.samePostcode, samePostcode.length),
    },
  };
}

/** The letter O and a zero are said alike. */
const withoutLookalikes = (postcode: string): string => postcode.replaceAll(' ', '').replaceAll('o', '0');

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new IvrError(
      'MANIFEST_INVALID',
      `cannot read ${path} (${systemCode(thrown) ?? 'unknown'})`,
      { file: path },
      thrown,
    );
  }
}
