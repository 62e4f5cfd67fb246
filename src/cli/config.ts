import { parseArgs } from 'node:util';
import { openCallRouting } from '../app/call-routing.ts';
import { knownServices } from '../app/open-own-services.ts';
import { explainConfig } from '../config/config-keys.ts';
import { findConfig, loadConfig } from '../config/load-config.ts';
import { readQueues } from '../config/queues-file.ts';
import { readTrunks } from '../config/trunks-file.ts';
import { systemClock } from '../lib/clock.ts';
import type { Command } from './command.ts';
import { expectVoice } from './expect-voice.ts';

/** `tellerline config`: explains every key; with --check, says whether a configuration and its dialplan are valid. */
export const config: Command = {
  summary:
    'explains every key of the configuration; --check reads it, the dialplan and the grammars and reports problems',
  usage: 'tellerline config [--check] [--config FILE]',
  help: `  --check        reads what \`tellerline start\` would read, including dialplans, grammars, trunks, routes and queues, and lists every problem
  --config FILE  this file instead of tellerline.yaml in the current folder; implies --check`,
  async run({ arguments: args, environment, print }) {
    const { values } = parseArgs({
      args: [...args],
      options: { check: { type: 'boolean' }, config: { type: 'string' } },
    });
    if (values.check !== true && values.config === undefined) {
      print(explainConfig());
      return 0;
    }
    const checked = await loadConfig({
      environment,
      warn: (message) => print(`note: ${message}`),
      ...(values.config === undefined ? {} : { file: values.config }),
    });
    expectVoice(checked.speech);
    const file = values.config ?? (await findConfig());
    const { trunks } = checked;
    if (trunks.file !== '') await readTrunks(trunks.file);
    const { dialplans, hours } = await openCallRouting(checked, await knownServices(checked), systemClock);
    const queues = checked.queues.file === '' ? undefined : await readQueues(checked.queues.file, hours);
    // nothing is called valid before all is known to be
    print(
      `the configuration is valid (${file ?? 'there is no tellerline.yaml in this folder: defaults and environment'})`,
    );
    for (const { file: dialplan, dialogue } of dialplans)
      print(`the dialplan is valid (${dialplan}: ${dialogue.name} version ${dialogue.version})`);
    if (queues === undefined) return 0;
    for (const { file: dialplan, dialogue } of dialplans)
      for (const queue of dialogue.queues)
        if (!queues.set.queues.has(queue))
          print(
            `note: ${checked.queues.file} has no queue '${queue}', which ${dialplan} asks for: the default one is asked`,
          );
    return 0;
  },
};
