import type { Config } from '../config/schema.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import type { EmbeddedSignalling } from '../sip-server/embedded-signalling.ts';
import type { RegistrarOptions } from '../sip-server/registrar.ts';
import { gaugesOf, type Part } from './part.ts';
import { followUsers, readUsers } from './telephone-users.ts';

/** Of browsers, where telephones have no domain: nobody else has it. */
const OWN_DOMAIN = 'tellerline.internal';

export const registrarDomain = ({ registrar }: Pick<Config, 'registrar'>): string =>
  registrar.users_file === '' ? OWN_DOMAIN : registrar.domain;

/**
 * @param browserKey - what the credentials of browsers are made with; undefined: none may register
 * @returns undefined without a registrar
 * @throws IvrError CONFIG_INVALID
 */
export async function registrarOptions(
  config: Config,
  browserKey: Uint8Array | undefined,
): Promise<RegistrarOptions | undefined> {
  const { registrar } = config;
  const { users_file: file, domain, contacts, min_seconds: minSeconds, max_seconds: maxSeconds } = registrar;
  if (file === '' && browserKey === undefined) return undefined;
  return {
    domain: registrarDomain(config),
    users: file === '' ? undefined : await readUsers(file, domain),
    limits: { contacts, minSeconds, maxSeconds },
    ...(browserKey === undefined ? {} : { browserKey }),
  };
}

/** Who may register is read again when the file changes. */
export function keepRegistrar(
  { registrar }: Config,
  sip: Pick<EmbeddedSignalling, 'setUsers' | 'statistics'>,
  scope: Scope,
  logger: Logger,
): Part {
  if (registrar.users_file !== '')
    scope.use(
      followUsers(registrar.users_file, registrar.domain, {
        onUsers(users) {
          sip.setUsers(users);
          logger.info({ users: Object.keys(users).length }, 'those who may register were read again');
        },
        onUnusable: (error) =>
          logger.error({}, 'the file of telephone accounts cannot be used; the previous accounts stay in force', error),
      }),
    );
  return {
    name: 'registrar',
    gauges: gaugesOf(
      {
        sip_registered_contacts: 'Telephones that are registered',
        sip_registrations_refused: 'Registrations refused since the start, by reason; challenges apart',
      },
      async () => {
        const { registrar: counts } = await sip.statistics();
        return { sip_registered_contacts: counts?.bindings ?? 0, sip_registrations_refused: counts?.refused ?? {} };
      },
    ),
  };
}
