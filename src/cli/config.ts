import { parseArgs } from 'node:util';
import { expectLanguage } from '../app/expect-language.ts';
import { DEMO_SERVICES } from '../bank/demo-bank.ts';
import { explainConfig } from '../config/config-keys.ts';
import { findConfig, loadConfig } from '../config/load-config.ts';
import { loadDialplan } from '../dialogue/load-dialplan.ts';
import type { Command } from './command.ts';
import { expectVoice } from './expect-voice.ts';

/** `tellerline config`: explains every key; with --check, says whether a configuration and its dialplan are valid. */
export const config: Command = {
  summary:
    'explains every key of the configuration; --check reads it, the dialplan and the grammars and reports problems',
  usage: 'tellerline config [--check] [--config FILE]',
  help: `  --check        reads what \`tellerline start\` would read, including dialplan and grammars, and lists every problem
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
    const { dialplan, speech } = await loadConfig({
      environment,
      warn: (message) => print(`note: ${message}`),
      ...(values.config === undefined ? {} : { file: values.config }),
    });
    expectVoice(speech);
    const file = values.config ?? (await findConfig());
    const { name, version, language } = await loadDialplan(dialplan.file, {
      grammarsDirectory: dialplan.grammars,
      services: DEMO_SERVICES,
    });
    expectLanguage(language, speech, dialplan.file);
    // nothing is called valid before all is known to be
    print(
      `the configuration is valid (${file ?? 'there is no tellerline.yaml in this folder: defaults and environment'})`,
    );
    print(`the dialplan is valid (${dialplan.file}: ${name} version ${version})`);
    return 0;
  },
};
