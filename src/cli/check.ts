import { parseArgs } from 'node:util';
import { DEMO_SERVICES } from '../bank/demo-bank.ts';
import { loadDialplan } from '../dialogue/load-dialplan.ts';
import { IvrError } from '../domain/error.ts';
import type { Command } from './command.ts';
import { config } from './config.ts';
import { grammarsFor } from './grammars-for.ts';

/** `tellerline check`: what is wrong with a dialplan, all of it at once. */
export const check: Command = {
  summary: 'checks a dialplan and its grammars, or all of the configuration, and lists every problem',
  usage: 'tellerline check [FILE] [--grammars FOLDER]',
  help: `  FILE                a dialplan; without one, what \`tellerline config --check\` reads: the configuration with all its dialplans
  --grammars FOLDER   where its grammars are; otherwise the folder grammars beside the dialplan, beside its folder, or here

Every problem is told as file:line:column: what was expected. Exit status: 0 nothing is wrong, 1 something is.`,
  async run(context) {
    const { values, positionals } = parseArgs({
      args: [...context.arguments],
      allowPositionals: true,
      options: { grammars: { type: 'string' } },
    });
    const [file, another] = positionals;
    if (another !== undefined) throw new IvrError('USAGE', `expected one dialplan, found another: ${another}`);
    if (file === undefined) return config.run({ ...context, arguments: ['--check'] });
    const { name, version } = await loadDialplan(file, {
      grammarsDirectory: await grammarsFor(file, values.grammars),
      services: DEMO_SERVICES,
    });
    context.print(`the dialplan is valid (${file}: ${name} version ${version})`);
    return 0;
  },
};
