import type { CallbackOffer, QueueRules, QueueSet, Ring } from '../queues/queue-rules.ts';
import type { OpeningHours } from '../routing/opening-hours.ts';
import { readTable, refuseProblems, type TableProblem } from './read-table.ts';
import { type QueueEntry, type QueuesFile, QueuesSchema } from './queues-schema.ts';

/* The queues and their agents. A YAML file of its own. */

/** What queues.file says. */
export interface QueuesTable {
  readonly set: QueueSet;
  /** Of dialplans that name none. */
  readonly defaultQueue: string | undefined;
  readonly choices: DeskChoices;
  /** What the bank calls itself when it calls back, by language. */
  readonly bank: Readonly<Record<string, string>>;
}

/** What agents choose from at their desks. */
export interface DeskChoices {
  readonly breakReasons: readonly string[];
  readonly wrapUpReasons: readonly string[];
  /** Where tickets go, and within what time they are answered. */
  readonly departments: readonly { readonly name: string; readonly slaMs: number }[];
}

const OPEN_RING: Ring = { afterMs: 0, leastLevel: 0, skillsLess: 0, anyLanguage: false };
const ms = (seconds: number): number => seconds * 1_000;

/**
 * @param hours - those of routing.file, which queues may name
 * @throws IvrError CONFIG_INVALID naming everything that is wrong, with file, line and key
 */
export async function readQueues(file: string, hours: OpeningHours | undefined): Promise<QueuesTable> {
  const { yaml, value } = await readTable(file, 'queues.file', QueuesSchema);
  refuseProblems(file, yaml, contradictions(value, hours));
  return { set: setOf(value, hours), defaultQueue: value.default, choices: choicesOf(value), bank: value.bank ?? {} };
}

function setOf(
  { queues, classes = {}, problems = {}, agents = {}, sign_out_after_s = 60 }: QueuesFile,
  hours: OpeningHours | undefined,
): QueueSet {
  return {
    queues: new Map(Object.entries(queues).map(([name, entry]) => [name, rulesOf(name, entry, hours)])),
    classes,
    problems: Object.fromEntries(
      Object.entries(problems).map(([name, { priority = 0, skills = {} }]) => [name, { priority, skills }]),
    ),
    agents: new Map(
      Object.entries(agents).map(([name, { queues: levels, skills = {}, languages = [], telephone }]) => [
        name,
        { queues: levels, skills, languages, telephone },
      ]),
    ),
    signOutMs: ms(sign_out_after_s),
  };
}

const choicesOf = ({ break_reasons, wrap_up_reasons, departments = {} }: QueuesFile): DeskChoices => ({
  breakReasons: break_reasons ?? ['lunch', 'break', 'training', 'meeting'],
  wrapUpReasons: wrap_up_reasons ?? ['answered', 'resolved', 'ticket opened', 'passed on', 'call back'],
  departments: Object.entries(departments).map(([name, { answer_within_minutes }]) => ({
    name,
    slaMs: answer_within_minutes * 60_000,
  })),
});

function rulesOf(name: string, entry: QueueEntry, hours: OpeningHours | undefined): QueueRules {
  const { overflow, callback = {} } = entry;
  return {
    name,
    priority: entry.priority ?? 0,
    ageingPerMinute: entry.ageing_per_minute ?? 1,
    rings: ringsOf(entry),
    strategy: entry.strategy ?? 'longest-idle',
    capacity: entry.capacity ?? 200,
    hours: entry.hours === undefined || hours === undefined ? undefined : { of: hours, name: entry.hours },
    overflow:
      overflow === undefined
        ? undefined
        : {
            to: overflow.to,
            afterMs: overflow.after_s === undefined ? undefined : ms(overflow.after_s),
            when: overflow.when ?? [],
          },
    waitUnstaffed: entry.wait_unstaffed ?? false,
    offerMs: ms(entry.offer_s ?? 20),
    declinedMs: ms(entry.declined_s ?? 60),
    notAnsweringMs: ms(entry.not_answering_s ?? 0),
    wrapUpMs: ms(entry.wrap_up_s ?? 30),
    keepPlaceMs: ms(entry.keep_place_s ?? 300),
    lastAgentMs: ms(entry.last_agent_s ?? 20),
    callback: {
      offer: offerOf(callback.offer),
      first: 'customer',
      most: callback.most ?? 200,
      ringMs: ms(callback.ring_s ?? 30),
      attempts: callback.attempts ?? 3,
      retryMs: ms(callback.retry_s ?? 300),
    },
    answerWithinMs: ms(entry.answer_within_s ?? 20),
    handlingMs: ms(entry.handling_s ?? 240),
  };
}

const offerOf = (offer: NonNullable<QueueEntry['callback']>['offer']): CallbackOffer | undefined =>
  offer === undefined
    ? undefined
    : {
        afterMs: offer.after_s === undefined ? undefined : ms(offer.after_s),
        expectedMs: offer.expected_s === undefined ? undefined : ms(offer.expected_s),
        when: offer.when ?? [],
      };

/** What a ring does not say is as in the one before. */
function ringsOf({ rings = [{}] }: Pick<QueueEntry, 'rings'>): readonly Ring[] {
  let before = OPEN_RING;
  return rings.map((ring) => {
    before = {
      afterMs: ms(ring.after_s ?? 0),
      leastLevel: ring.least_level ?? before.leastLevel,
      skillsLess: ring.skills_less ?? before.skillsLess,
      anyLanguage: ring.any_language ?? before.anyLanguage,
    };
    return before;
  });
}

function contradictions(file: QueuesFile, hours: OpeningHours | undefined): readonly TableProblem[] {
  const { queues, agents = {} } = file;
  const unknown = (path: readonly string[], named: string): readonly TableProblem[] =>
    queues[named] === undefined ? [[path, `names a queue that there is not: ${named}`]] : [];
  const problems: TableProblem[] = [];
  if (Object.keys(queues).length === 0) problems.push([['queues'], 'expects at least one queue']);
  if (file.default !== undefined) problems.push(...unknown(['default'], file.default));
  for (const [name, entry] of Object.entries(queues)) {
    const path = ['queues', name];
    if (entry.overflow !== undefined) {
      problems.push(...unknown([...path, 'overflow', 'to'], entry.overflow.to));
      if (entry.overflow.to === name) problems.push([[...path, 'overflow', 'to'], 'expects another queue']);
      if (entry.overflow.after_s === undefined && (entry.overflow.when ?? []).length === 0)
        problems.push([[...path, 'overflow'], 'expects after_s, or when, or both']);
    }
    const { offer } = entry.callback ?? {};
    if (offer !== undefined && Object.keys(offer).length === 0)
      problems.push([[...path, 'callback', 'offer'], 'expects after_s, expected_s or when']);
    if (entry.hours !== undefined && hours?.hours[entry.hours] === undefined)
      problems.push([[...path, 'hours'], `names hours that routing.file does not have: ${entry.hours}`]);
    problems.push(...ringProblems([...path, 'rings'], ringsOf(entry)));
  }
  for (const [name, { queues: levels }] of Object.entries(agents)) {
    if (Object.keys(levels).length === 0)
      problems.push([['agents', name, 'queues'], 'expects the queues that the agent works on, with a level each']);
    for (const queue of Object.keys(levels)) problems.push(...unknown(['agents', name, 'queues', queue], queue));
  }
  return problems;
}

/** A ring that asked for more than the one before would let a later caller pass an earlier one. */
function ringProblems(path: readonly string[], rings: readonly Ring[]): readonly TableProblem[] {
  const problems: TableProblem[] = [];
  for (const [n, ring] of rings.entries()) {
    const at = [...path, String(n)];
    const before = rings[n - 1];
    if (before === undefined) {
      if (ring.afterMs !== 0) problems.push([at, 'expects after_s: 0, since it is the first ring']);
      continue;
    }
    if (ring.afterMs <= before.afterMs) problems.push([at, 'expects a later after_s than the ring before']);
    if (
      ring.leastLevel > before.leastLevel ||
      ring.skillsLess < before.skillsLess ||
      (before.anyLanguage && !ring.anyLanguage)
    )
      problems.push([at, 'expects no more of an agent than the ring before']);
  }
  return problems;
}
