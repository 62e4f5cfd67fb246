import { parseArgs } from 'node:util';
import { explainConfig } from '../config/config-keys.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Command } from './command.ts';

/** `tellerline config`: explains every key; with --check, says whether a configuration is valid. */
export const config: Command = {
  summary: 'explains every key of the configuration; --check reads one and says what is wrong',
  usage: 'tellerline config [--check] [--config FILE]',
  async run({ arguments: args, environment, print }) {
    const { values } = parseArgs({
      args: [...args],
      options: { check: { type: 'boolean' }, config: { type: 'string' } },
    });
    if (values.check !== true) {
      print(explainConfig());
      return 0;
    }
    await loadConfig({ environment, ...(values.config === undefined ? {} : { file: values.config }) });
    print('the configuration is valid');
    return 0;
  },
};
