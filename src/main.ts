#!/usr/bin/env node
import type { Command } from './cli/command.ts';
import { config } from './cli/config.ts';
import { demo } from './cli/demo.ts';
import { phone } from './cli/phone.ts';
import { recordings } from './cli/recordings.ts';
import { start } from './cli/start.ts';
import { asError, IvrError } from './domain/error.ts';
import { openLogger } from './lib/logger.ts';

const COMMANDS: Readonly<Record<string, Command>> = { start, demo, phone, config, recordings };

/** Ended by a signal that came twice: somebody does not want to wait. */
const IMPATIENT = 130;

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

const usage = (): string =>
  ['usage: tellerline COMMAND', '', ...Object.entries(COMMANDS).map(([name, { summary, usage: how }]) => `  ${name.padEnd(12)}${summary}\n${' '.repeat(14)}${how}`)].join('\n');

async function run(): Promise<number> {
  const [name = '', ...rest] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const asked = name === 'help' || name === '--help';
    (asked ? console.log : console.error)(usage());
    return asked ? 0 : 64;
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
    const error = asError(thrown);
    if (error instanceof IvrError) console.error(`tellerline: ${error.message} [${error.code}]`);
    else if ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) console.error(`tellerline: ${error.message}\nusage: ${command.usage}`);
    else console.error(`tellerline: ${error.stack ?? error.message}`);
    return error instanceof IvrError && error.code === 'USAGE' ? 64 : 1;
  }
}

const status = await run();
process.stdout.write('', () => process.exit(status));
