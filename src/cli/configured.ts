import { loadConfig } from '../config/load-config.ts';
import type { CommandContext } from './command.ts';

/** The configuration of a command. @param file - of `--config` @throws IvrError CONFIG_INVALID */
export const configured = (
  file: string | undefined,
  environment: CommandContext['environment'],
): ReturnType<typeof loadConfig> => loadConfig({ environment, ...(file === undefined ? {} : { file }) });
