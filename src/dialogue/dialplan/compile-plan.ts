import { BEGUN } from '../begun.ts';
import type { Service } from '../service.ts';
import type { GrammarSource } from '../grammar/compile-grammar.ts';
import { anyOf } from '../../grammar/automaton/network.ts';
import { grammarErrors } from '../../grammar/model/grammar-error.ts';
import { checkFlows } from './check-flows.ts';
import { checkAmbiguity } from './check-ambiguity.ts';
import { checkKnown } from './check-known.ts';
import { checkPlan } from './check-plan.ts';
import { phrasesNetwork, type Sayable, sayable } from './compile-ask.ts';
import { checkProofs } from './check-proofs.ts';
import { checkServices } from './check-services.ts';
import { compileCommand, compileCommandConfirm, HELP, isHelp } from './compile-command.ts';
import { compileLexicon } from './compile-lexicon.ts';
import { compileState } from './compile-state.ts';
import { Compiling } from './compiling.ts';
import type { PlanFile } from './flatten-flows.ts';
import { checkSame, languageCommands, languagesOf } from './compile-languages.ts';
import { checkSameWays } from './check-same-ways.ts';
import { type DialplanSource, dialplanError, readDialplan } from './dialplan-source.ts';
import { keptNames, knownNames } from './known-names.ts';
import { helpPhrases } from '../../language/help-phrases.ts';
import { phrasesIn } from '../../language/phrases-in.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import type { Plan } from './plan.ts';
import type { PromptTemplate } from './prompt-template.ts';
import { secretsOf } from './state-work.ts';

/**
 * Compiles a dialplan to its intermediate form and checks it: targets, grammars, services, slots and formats that do not
 * exist, states that nothing reaches, loops that nobody leaves, secrets that would have to be kept.
 *
 * @param services - what look-ups may ask for; of those that are declared, what they take and answer is checked
 * @throws IvrError DIALPLAN_INVALID with every problem's file, line, column and what was expected; GRAMMAR_INVALID for a
 *   fault inside a grammar's file
 */
export function compilePlan(
  source: DialplanSource,
  grammars: GrammarSource,
  services: readonly (string | Service)[],
): Plan {
  const { plan: file } = source;
  const phrases = phrasesIn(file.language);
  const declared = services.filter((service) => typeof service !== 'string');
  const secrets = secretsOf(file.states);
  const { slots, names } = knownNames(file, secrets);
  const compiling = new Compiling(source, grammars, names);
  const commands = Object.keys(file.commands.list).map((name) => compileCommand(compiling, name));
  const network = compiling.network(file.commands.grammar, ['commands', 'grammar']);
  for (const { tag } of network.arcs.flat())
    if (tag?.key === 'command' && !commands.some(({ name }) => name === tag.value))
      compiling.problem(
        ['commands', 'grammar'],
        `expected a command in the list for every one of ${file.commands.grammar}, found none for '${tag.value}'`,
      );

  const notices = file.notices.map(({ id, version, text }, n) => ({
    ...compiling.prompt(`notice/${id}`, text, ['notices', n, 'text'], { known: new Set() }),
    notice: { id, version },
  }));
  for (const notice of notices) compiling.prompts.set(notice.id, notice);
  const work = {
    compiling,
    commands: { list: commands, network: withLanguages(file, sayable(network)) },
    yesno: sayable(compiling.network('builtin:yesno', ['states'])),
    services: new Map(declared.map((service) => [service.name, service])),
  };
  const states = Object.entries(file.states).map(([id, stateFile]) => compileState(work, id, stateFile));
  const questions = [...compiling.asks.values()];
  for (const key of ['start', 'time-up', 'shutdown'] as const) compiling.go(file[key], undefined, key, [key]);
  compiling.go(file.trouble.silent, undefined, 'silent', ['trouble', 'silent']);
  const plan: Plan = {
    name: file.dialplan,
    version: file.version,
    language: file.language,
    languages: languagesOf(file),
    voice: file.voice,
    say: compileLexicon(compiling),
    maximumCallMs: file['maximum-call-seconds'] * 1000,
    notices,
    start: file.start,
    accept: file.confidence?.accept ?? 0.7,
    reject: file.confidence?.reject ?? 0.5,
    silentTries: file.trouble['silent-tries'],
    silent: file.trouble.silent,
    timeUp: file['time-up'],
    shutdown: file.shutdown,
    keysOnlySay: compiling.prompt('keys-only', file['keys-only'].say, ['keys-only', 'say']),
    keysOnlyEscalate: compiling.go(file['keys-only'].escalate, undefined, 'keys-only/escalate', [
      'keys-only',
      'escalate',
    ]),
    orSay: compiling.prompt('several/or', file.several?.or ?? phrases.or, ['several', 'or']),
    laterSay: compiling.prompt('several/later', file.several?.later ?? phrases.later, ['several', 'later']),
    disturbedSay: troubleSay(file, compiling, 'disturbed', phrases.disturbed),
    notRecordedSay: troubleSay(file, compiling, 'not-recorded', phrases.notRecorded),
    recordingLostSay: troubleSay(file, compiling, 'recording-lost', phrases.recordingLost),
    lineLostSay: troubleSay(file, compiling, 'line-lost', phrases.lineLost),
    flowLoopSay: troubleSay(file, compiling, 'flow-loop', phrases.flowLoop),
    goodbyeSay: troubleSay(file, compiling, 'goodbye', phrases.goodbye),
    keptSay: compiling.prompt('commands/kept', phrases.kept, []),
    resumeSay: compiling.prompt('commands/resume', file.commands.resume ?? phrases.resume, ['commands', 'resume']),
    flows: new Map(
      Object.entries(file.flows).map(([name, { start, params = {}, returns = [] }]) => [
        name,
        { name, start, params: Object.keys(params), returns },
      ]),
    ),
    kept: keptNames(file.states),
    commands: commands.map((command) => compileCommandConfirm(work, command)),
    begunSay: compiling.prompt('begun', phrases.begun(BEGUN), []),
    otherLanguage: otherLanguageOf(file, compiling),
    states,
    prompts: compiling.prompts,
    asks: compiling.asks,
    questions,
    secrets,
    slots: new Set([...slots].filter((name) => !secrets.has(name))),
  };
  checkFlows(plan, compiling);
  checkPlan(
    plan,
    compiling,
    services.map((service) => (typeof service === 'string' ? service : service.name)),
  );
  checkServices(plan, compiling, declared);
  checkProofs(plan, compiling, declared);
  if (file.strict) {
    checkKnown(plan, compiling);
    checkAmbiguity(plan, compiling);
  }
  const { grammarProblems: inGrammars, problems } = compiling;
  if (problems.length > 0) throw dialplanError(source.file, problems, inGrammars);
  if (inGrammars.length > 0) throw grammarErrors(inGrammars);
  return plan;
}

/** What may be said anywhere, how another language is asked for, and what may be said. */
function withLanguages(file: PlanFile, { meaning, words }: Sayable): Sayable {
  const command = file.commands.list[HELP];
  const help = command !== undefined && isHelp(HELP, command) ? helpPhrases(file.language) : [];
  const more = [languageCommands(file), help.length === 0 ? undefined : phrasesNetwork(help, 'command', HELP)].filter(
    (added) => added !== undefined,
  );
  if (more.length === 0) return { meaning, words };
  return {
    meaning: anyOf([meaning, ...more.map((added) => added.meaning)]),
    words: anyOf([words, ...more.map((added) => added.words)]),
  };
}

/**
 * The plans of a dialplan, one for each of its languages, its own first.
 *
 * @throws IvrError as `compilePlan`
 */
export function compilePlans(
  file: string,
  text: string,
  grammars: GrammarSource,
  services: readonly (string | Service)[],
): readonly [Plan, ...Plan[]] {
  const source = readDialplan(file, text);
  const others = source.languages.slice(1).map((language) => readDialplan(file, text, language));
  checkSameWays(source, others);
  const first = compilePlan(source, grammars, services);
  const plans = others.map((other) => compilePlan(other, grammars, services));
  checkSame(source, [first, ...plans]);
  return [first, ...plans];
}

function otherLanguageOf(file: PlanFile, compiling: Compiling): Plan['otherLanguage'] {
  const { languages = {}, say, escalate } = file['other-language'] ?? {};
  const known = ['en', 'zh'].includes(primaryLanguage(file.language));
  const text = say ?? (known ? phrasesIn(file.language).otherLanguage : undefined);
  return {
    languages: new Map(
      Object.entries(languages).map(([language, go]) => [
        language,
        compiling.go(go, undefined, `other-language/${language}`, ['other-language', 'languages', language]),
      ]),
    ),
    say: text === undefined ? [] : [compiling.prompt('other-language', text, ['other-language', 'say'])],
    escalate: compiling.go(
      escalate ?? file.trouble.escalate,
      undefined,
      escalate === undefined ? 'escalate' : 'other-language/escalate',
      escalate === undefined ? ['trouble', 'escalate'] : ['other-language', 'escalate'],
    ),
  };
}

type TroubleWords = 'disturbed' | 'not-recorded' | 'recording-lost' | 'line-lost' | 'flow-loop' | 'goodbye';

/** What is said when something of the server fails: the dialplan's words, in its language, or else English ones. */
const troubleSay = (file: PlanFile, compiling: Compiling, key: TroubleWords, english: string): PromptTemplate =>
  compiling.prompt(`trouble/${key}`, file.trouble[key] ?? english, ['trouble', key]);
