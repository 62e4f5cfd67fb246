#!/usr/bin/env node
import './lib/original-positions.ts';
import type { Command } from './cli/command.ts';
import { asksForHelp, helpFor, helpOf, nearestName } from './cli/help.ts';
import { asError, IvrError } from './domain/error.ts';
import { openLogger } from './lib/logger.ts';
import { VERSION } from './version.ts';

/** Each is loaded when it is asked for: most of them need a small part of the server. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: () => import('./cli/start.ts').then(({ start }) => start),
  demo: () => import('./cli/demo.ts').then(({ demo }) => demo),
  phone: () => import('./cli/phone.ts').then(({ phone }) => phone),
  config: () => import('./cli/config.ts').then(({ config }) => config),
  check: () => import('./cli/check.ts').then(({ check }) => check),
  try: () => import('./cli/try.ts').then(({ tryDialplan }) => tryDialplan),
  graph: () => import('./cli/graph.ts').then(({ graph }) => graph),
  ladder: () => import('./cli/ladder.ts').then(({ ladder }) => ladder),
  recordings: () => import('./cli/recordings.ts').then(({ recordings }) => recordings),
  archive: () => import('./cli/archive.ts').then(({ archive }) => archive),
  evaluate: () => import('./cli/evaluate.ts').then(({ evaluate }) => evaluate),
  staff: () => import('./cli/staff.ts').then(({ staff }) => staff),
  telephones: () => import('./cli/telephones.ts').then(({ telephones }) => telephones),
  queues: () => import('./cli/queues.ts').then(({ queues }) => queues),
  grammar: () => import('./cli/grammar.ts').then(({ grammar }) => grammar),
  reports: () => import('./cli/reports.ts').then(({ reports }) => reports),
};

/** Ended by a signal that came twice: somebody does not want to wait. */
const IMPATIENT = 130;
const WRONG_USAGE = 64;

const aborter = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    if (aborter.signal.aborted) process.exit(IMPATIENT);
    aborter.abort();
  });

// what nobody caught is a defect: say so and stop, the next start recovers the recordings
const defect = (thrown: unknown): never => {
  console.error(`tellerline: a defect: ${asError(thrown).stack ?? String(thrown)}`);
  process.exit(70);
};
process.on('uncaughtException', defect);
process.on('unhandledRejection', defect);

const commandNamed = async (name: string): Promise<Command | undefined> =>
  Object.hasOwn(COMMANDS, name) ? await COMMANDS[name]?.() : undefined;

const everyCommand = async (): Promise<Readonly<Record<string, Command>>> =>
  Object.fromEntries(
    await Promise.all(Object.entries(COMMANDS).map(async ([name, load]) => [name, await load()] as const)),
  );

async function run(): Promise<number> {
  const [name, ...rest] = process.argv.slice(2);
  if (name === '--version' || name === '-V' || name === 'version') {
    console.log(`tellerline ${VERSION} (Node.js ${process.versions.node})`);
    return 0;
  }
  const helping = name === 'help' || name === '--help' || name === '-h';
  const asked = helping ? rest[0] : name;
  if (asked === undefined) {
    (helping ? console.log : console.error)(helpOf(await everyCommand()));
    return helping ? 0 : WRONG_USAGE;
  }
  const command = await commandNamed(asked);
  if (command === undefined) {
    const near = nearestName(asked, Object.keys(COMMANDS));
    console.error(
      `tellerline: there is no command ${asked}${near === undefined ? '' : `; did you mean ${near}?`}\n\n${helpOf(await everyCommand())}`,
    );
    return WRONG_USAGE;
  }
  if (helping || asksForHelp(rest)) {
    console.log(helpFor(command));
    return 0;
  }
  try {
    return await command.run({
      arguments: rest,
      environment: process.env,
      print: (line) => console.log(line),
      signal: aborter.signal,
      openLogger,
    });
  } catch (thrown) {
    return failed(command, asError(thrown));
  }
}

function failed(command: Command, error: Error): number {
  const misused =
    (error instanceof IvrError && error.code === 'USAGE') ||
    ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  if (misused) {
    console.error(`tellerline: ${error.message}\nusage: ${command.usage}`);
    return WRONG_USAGE;
  }
  console.error(
    `tellerline: ${error instanceof IvrError ? `${error.message} [${error.code}]` : (error.stack ?? error.message)}`,
  );
  return 1;
}

const status = await run();
process.stdout.write('', () => process.exit(status));
