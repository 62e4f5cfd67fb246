import { knownServices } from '../app/open-own-services.ts';
import type { Service } from '../dialogue/service.ts';
import type { CommandContext } from './command.ts';
import { configured } from './configured.ts';

/** What a dialplan may ask for: the services of the file that was named, or those of the configuration. @throws IvrError CONFIG_INVALID */
export const servicesFor = async (
  named: string | undefined,
  environment: CommandContext['environment'],
): Promise<readonly Service[]> => knownServices({ bank: { services_file: await servicesFileFor(named, environment) } });

/** Whoever writes a dialplan needs no configuration: without one, and with one that is wrong, there are none. '' too. */
export const servicesFileFor = (
  named: string | undefined,
  environment: CommandContext['environment'],
): Promise<string> =>
  named === undefined
    ? configured(undefined, environment).then(
        ({ bank }) => bank.services_file,
        () => '',
      )
    : Promise.resolve(named);
