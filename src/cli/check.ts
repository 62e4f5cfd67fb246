import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { upgradedText } from '../dialogue/dialplan/upgrade-text.ts';
import { loadDialplan } from '../dialogue/load-dialplan.ts';
import { IvrError } from '../domain/error.ts';
import type { Command } from './command.ts';
import { config } from './config.ts';
import { grammarsFor } from './grammars-for.ts';
import { servicesFor } from './services-for.ts';

/** `tellerline check`: what is wrong with a dialplan, all of it at once. */
export const check: Command = {
  summary: 'checks a dialplan and its grammars, or all of the configuration, and lists every problem',
  usage: 'tellerline check [FILE] [--grammars FOLDER] [--services FILE] | --upgrade FILE',
  help: `  FILE                a dialplan; without one, what \`tellerline config --check\` reads: the configuration with all its dialplans
  --grammars FOLDER   where its grammars are; otherwise the folder grammars beside the dialplan, beside its folder, or here
  --services FILE     the bank's own services; otherwise those of the configuration (bank.services_file)
  --upgrade FILE      prints the dialplan with its states in the flow main, comments and order as they are; what it says and
                      sends must be known on every way then, which \`tellerline check\` tells of the file that is printed

Every problem is told as file:line:column: what was expected. Exit status: 0 nothing is wrong, 1 something is.`,
  async run(context) {
    const { values, positionals } = parseArgs({
      args: [...context.arguments],
      allowPositionals: true,
      options: { services: { type: 'string' }, grammars: { type: 'string' }, upgrade: { type: 'string' } },
    });
    if (values.upgrade !== undefined) {
      context.print(upgradedText(values.upgrade, await readFile(values.upgrade, 'utf8').catch(unreadable)).trimEnd());
      return 0;
    }
    const [file, another] = positionals;
    if (another !== undefined) throw new IvrError('USAGE', `expected one dialplan, found another: ${another}`);
    if (file === undefined) return config.run({ ...context, arguments: ['--check'] });
    const { name, version } = await loadDialplan(file, {
      grammarsDirectory: await grammarsFor(file, values.grammars),
      services: await servicesFor(values.services, context.environment),
    });
    context.print(`the dialplan is valid (${file}: ${name} version ${version})`);
    return 0;
  },
};

function unreadable(cause: unknown): never {
  throw new IvrError('USAGE', 'expected a readable dialplan', {}, cause);
}
