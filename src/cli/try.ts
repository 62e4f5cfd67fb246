import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openTrialBank } from '../app/open-bank.ts';
import { openOwnServices } from '../app/open-own-services.ts';
import { DEFAULT_BANK_POLICY } from '../bank/guarded.ts';
import { loadDialplan } from '../dialogue/load-dialplan.ts';
import { IvrError } from '../domain/error.ts';
import { seconds } from '../domain/units.ts';
import { openTrial, type Trial } from '../lab/trial/open-trial.ts';
import { runScenario } from '../lab/trial/run-scenario.ts';
import { parseScenarios } from '../lab/trial/scenario-file.ts';
import type { TrialAnswer } from '../lab/trial/trial-answer.ts';
import { parseTrialLine, type TrialLine } from '../lab/trial/trial-line.ts';
import { localTime, localZone } from '../lib/local-time.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { Scope } from '../lib/scope.ts';
import { ManualClock } from '../lib/manual-clock.ts';
import { openIntentUnderstanding } from '../understanding/open-intent-understanding.ts';
import type { Command, CommandContext } from './command.ts';
import { configured } from './configured.ts';
import { grammarsFor } from './grammars-for.ts';
import { servicesFor } from './services-for.ts';

const CALLER = '+15550100';
/** For what the examples teach: nobody waits on a line, and what comes of a scenario must not depend on the machine. */
const PATIENT = seconds(300);

/** `tellerline try`: a call without a telephone. */
export const tryDialplan: Command = {
  summary: 'tries a dialplan without a telephone: typed text goes through the same machines as speech and keys',
  usage:
    'tellerline try FILE [--json | --scenarios FILE] [--grammars FOLDER] [--services FILE] [--nobody] [--from NUMBER] [--today DATE]',
  help: `  FILE                the dialplan
  --json              reads JSON lines and answers each with one; for scripts
  --scenarios FILE    plays scenarios (YAML) and tells what comes to something else; status 1 when anything does
  --grammars FOLDER   where its grammars are; otherwise the folder grammars beside the dialplan, beside its folder, or here
  --services FILE     the bank's own services, asked at their servers; otherwise those of the configuration, which fail here
  --nobody            no person answers a transfer; otherwise one does at once
  --from NUMBER       the caller's number (${CALLER})
  --today DATE        the day that "tomorrow" follows, such as 2026-11-30; otherwise this machine's

The demo bank answers look-ups; its one-time codes are 123456. Examples of the dialplan are learnt first, as a line learns them; it takes seconds, once for the
same examples, as what they taught is kept in speech.cache of the configuration. In the terminal a line is what the caller says;
a line of keys alone (0-9 * #) is keyed, "wait 7000" lets milliseconds pass, "hang up" ends the call. When the dialplan's file
changes the call begins anew.

With --json each line of input is one of
  {"says": TEXT, "language"?: TAG, "confidence"?: 0…1}    {"presses": KEYS}    {"waits": MILLISECONDS}    {"hangsUp": true}
and is answered by exactly one line
  {"bot": [TEXT…], "understood": [{"name", "confidence"}…], "how": "taken" | "asked" | "none", "flow", "state", "slots",
   "actions": [{"name", "args"}…], "outcome"?, "ended"?: true}
bot        what was said since the line before; the first answer begins with the greeting
understood what was heard may mean (options, commands, yes and no, slots), the surest first; keys have confidence 1
how        taken: acted on; asked: asked back whether it was meant; none: not understood, or nothing was said or keyed
actions    look-ups at the bank with their arguments (of secrets the count, without what no journal keeps), and transfers
outcome    transferred: a person has answered; else why the call ended: bot-hung-up, caller-hung-up, notice-refused…
A line that is none of these, and one that is empty, is answered by {"error": TEXT}. Time passes by "waits" alone. At the end of input: status 0.`,
  async run({ arguments: args, environment, print, signal, openLogger }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        scenarios: { type: 'string' },
        grammars: { type: 'string' },
        services: { type: 'string' },
        nobody: { type: 'boolean', default: false },
        from: { type: 'string', default: CALLER },
        today: { type: 'string', default: localTime(Date.now(), localZone()).date },
      },
    });
    if (!/^\d{4}-\d\d-\d\d$/.test(values.today) || Number.isNaN(Date.parse(values.today)))
      throw new IvrError('USAGE', `--today expects a date such as 2026-11-30, not ${values.today}`);
    const [file, another] = positionals;
    if (file === undefined || another !== undefined) throw new IvrError('USAGE', 'name one dialplan');
    const settings = { ...values, environment, folder: await folderOfLearnt(environment), logger: openLogger('warn') };
    const open = (): Promise<TriedDialplan> => openFile(file, settings);
    const input = (): Lines => createInterface({ input: process.stdin, crlfDelay: Infinity, signal });
    if (values.scenarios === undefined && !values.json) {
      await converse(input, file, open, print);
      return 0;
    }
    await using tried = await open();
    if (values.scenarios !== undefined) return await playScenarios(values.scenarios, tried, print);
    await answerJson(input, tried.begin(), print);
    return 0;
  },
};

/** @returns the exit status */
async function playScenarios(file: string, tried: TriedDialplan, print: (line: string) => void): Promise<number> {
  const scenarios = parseScenarios(await readText(file), file);
  let failed = 0;
  for (const scenario of scenarios) {
    const wrong = await runScenario(tried.begin(), scenario, file);
    for (const line of wrong) print(line);
    if (wrong.length > 0) failed += 1;
  }
  print(`${scenarios.length - failed} of ${scenarios.length} scenarios came to what they should`);
  return failed === 0 ? 0 : 1;
}

const readText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: unknown) => {
    throw new IvrError('SCRIPT_INVALID', `${file}: expected a readable file of scenarios`, { file }, cause);
  });

/** Lines are lost that come before somebody reads them: to be called when that begins at once. */
type Input = () => Lines;
type Lines = AsyncIterable<string>;

interface Settings {
  readonly grammars?: string | undefined;
  readonly services?: string | undefined;
  readonly environment: CommandContext['environment'];
  readonly nobody: boolean;
  readonly from: string;
  readonly today: string;
  /** Where what is learnt is kept. */
  readonly folder: string | undefined;
  readonly logger: Logger;
}

/** A dialplan as it was read, with what its examples teach. */
interface TriedDialplan extends AsyncDisposable {
  begin(): Trial;
}

/** That of a line that is started here. Whoever writes a dialplan needs no configuration: what is wrong with it is not our matter. */
const folderOfLearnt = (environment: CommandContext['environment']): Promise<string | undefined> =>
  configured(undefined, environment).then(
    ({ speech }) => join(speech.cache, 'intents'),
    () => undefined,
  );

async function openFile(
  file: string,
  { grammars, services, environment, nobody, from, today, folder, logger }: Settings,
): Promise<TriedDialplan> {
  const dialogue = await loadDialplan(file, {
    grammarsDirectory: await grammarsFor(file, grammars),
    services: await servicesFor(services, environment),
  });
  const understanding = await openIntentUnderstanding(
    [dialogue],
    { deadline: PATIENT, ...(folder === undefined ? {} : { folder }) },
    logger,
  );
  const scope = new Scope((error) => logger.error({}, 'a server of services was not left', error));
  const own = await openOwnServices(services ?? '', DEFAULT_BANK_POLICY, scope, systemClock);
  const banks: AsyncDisposable[] = [];
  return {
    begin() {
      const clock = new ManualClock();
      const bank = openTrialBank(clock, undefined, own.services);
      banks.push(bank);
      return openTrial({ dialogue, bank, understanding, clock, personAnswers: !nobody, caller: from, today });
    },
    async [Symbol.asyncDispose]() {
      for (const bank of banks) await bank[Symbol.asyncDispose]();
      await understanding[Symbol.asyncDispose]();
      await scope.close();
    },
  };
}

async function answerJson(input: Input, trial: Trial, print: (line: string) => void): Promise<void> {
  try {
    for await (const text of input()) {
      const line = parseTrialLine(text);
      print(JSON.stringify(typeof line === 'string' ? { error: line } : await trial.take(line)));
    }
  } finally {
    trial.close();
  }
}

/** A call in the terminal, which begins anew when the dialplan changes. */
async function converse(
  input: Input,
  file: string,
  open: () => Promise<TriedDialplan>,
  print: (line: string) => void,
): Promise<void> {
  let tried = await open();
  let trial = tried.begin();
  let read = await changedAt(file);
  const tell = ({ bot, actions, ended, outcome }: TrialAnswer): void => {
    for (const text of bot) print(`bot: ${text}`);
    for (const { name, args } of actions) print(`(${name} ${JSON.stringify(args)})`);
    if (ended === true) print(`(the call has ended: ${outcome ?? ''}; a line begins another)`);
  };
  try {
    let answer = await trial.take({ waits: 0 });
    tell(answer);
    for await (const text of input()) {
      const changed = await changedAt(file);
      if (answer.ended === true || changed !== read) {
        read = changed;
        const next = await unlessWrong(open, print);
        if (next === undefined) continue;
        trial.close();
        await tried[Symbol.asyncDispose]();
        tried = next;
        trial = tried.begin();
        print('(the call begins anew)');
        answer = await trial.take({ waits: 0 });
      } else answer = await trial.take(typedLine(text));
      tell(answer);
    }
  } finally {
    trial.close();
    await tried[Symbol.asyncDispose]();
  }
}

/** A dialplan that is being written is wrong now and then: that is told, and the call goes on with what was read before. */
async function unlessWrong(
  open: () => Promise<TriedDialplan>,
  print: (line: string) => void,
): Promise<TriedDialplan | undefined> {
  try {
    return await open();
  } catch (thrown) {
    if (!(thrown instanceof IvrError)) throw thrown;
    print(thrown.message);
    return undefined;
  }
}

const changedAt = (file: string): Promise<number> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

function typedLine(text: string): TrialLine {
  const typed = text.trim();
  const waited = /^wait (\d{1,7})$/.exec(typed)?.[1];
  if (waited !== undefined) return { waits: Number(waited) };
  if (typed === 'hang up') return { hangsUp: true };
  return /^[0-9*#]+$/.test(typed) ? { presses: typed } : { says: typed };
}
