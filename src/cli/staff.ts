import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { MIGRATIONS } from '../app/migrations.ts';
import { openStaffService } from '../app/staff-service.ts';
import { storageOptions } from '../app/storage-options.ts';
import { isDataLevel } from '../domain/data-level.ts';
import { IvrError } from '../domain/error.ts';
import type { StaffAccount } from '../staff/accounts.ts';
import type { Staff } from '../staff/open-staff.ts';
import { ROLES, type Role } from '../staff/staff-service.ts';
import { openStorageBeside } from '../storage/open-storage.ts';
import { configured } from './configured.ts';
import { askSecret } from './ask-secret.ts';
import type { Command } from './command.ts';

const OPTIONS = {
  config: { type: 'string' },
  roles: { type: 'string' },
  'full-name': { type: 'string' },
  queues: { type: 'string' },
  level: { type: 'string' },
  'max-age-days': { type: 'string' },
  json: { type: 'boolean' },
} as const;
type Values = Readonly<Partial<Record<Exclude<keyof typeof OPTIONS, 'json'>, string>>> & { readonly json?: boolean };

/** `tellerline staff`: accounts of the console, for whoever has the machine. */
export const staff: Command = {
  summary: 'adds, lists, resets and disables staff accounts of the console',
  usage:
    'tellerline staff add NAME --roles ROLE,… [--full-name TEXT] [--queues QUEUE,…] [--level C1|C2|C3] [--max-age-days N] | staff list [--json] | staff reset NAME | staff disable NAME   [--config FILE]',
  help: `add      makes an account. Its password is read from the terminal, or from the first line of standard input; it must be
         changed at the first sign-in, which also sets up the second factor.
list     all accounts, without their secrets.
reset    sets a new first password; the second factor must be set up again, and sessions end.
disable  it can no longer sign in, and its sessions end.

Roles    ${ROLES.join(', ')}. The first account is an administrator: it makes the others in the console.
         Administrators and auditors have no other role, and hear nothing.
--queues of supervisors: whose calls they hear. --level the most sensitive recordings that may be seen, C2 unless told
otherwise. --max-age-days: only recordings that are not older.

It works beside a running server, and writes what it does into the audit trail under the name of the operating system's user.`,
  async run({ arguments: args, environment, print, openLogger }) {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [verb = '', name = '', ...more] = positionals;
    const act = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (act === undefined) throw new IvrError('USAGE', 'say `add`, `list`, `reset` or `disable`');
    if ((verb === 'list') !== (name === '') || more.length > 0)
      throw new IvrError('USAGE', verb === 'list' ? '`list` takes no name' : 'which account? Name one');
    const config = await configured(values.config, environment);
    const logger = openLogger('warn');
    const options = { ...(await storageOptions(config)), migrations: MIGRATIONS };
    await using storage = await openStorageBeside(options, logger);
    await act(await openStaffService(config, storage, logger), name, values, print);
    return 0;
  },
};

type Verb = (of: Staff, name: string, values: Values, print: (line: string) => void) => Promise<void>;

const VERBS: Readonly<Record<string, Verb>> = {
  async add(of, name, values, print) {
    const roles = listed(values.roles) as Role[];
    if (roles.length === 0) throw new IvrError('USAGE', `name at least one role: --roles ${ROLES.join(',')}`);
    const { level = 'C2' } = values;
    if (!isDataLevel(level)) throw new IvrError('USAGE', '--level expects C1, C2 or C3');
    const attributes = {
      queues: listed(values.queues),
      level,
      maxAgeDays: days(values['max-age-days']),
    };
    const password = await askSecret(`First password of ${name}`, { twice: true });
    const account = await of.accounts.add({ name, fullName: values['full-name'] ?? '', password, roles, attributes });
    await note(of, 'staff.add', account, roles.join(' '));
    print(
      `${account.name} can sign in at /console; the first sign-in asks for a new password and sets up the second factor`,
    );
  },
  async list(of, _name, { json = false }, print) {
    const accounts = await of.accounts.list();
    if (json) {
      print(JSON.stringify(accounts));
      return;
    }
    for (const { name, fullName, roles, disabled, enrolled } of accounts)
      print(
        `${name.padEnd(20)} ${roles.join(',').padEnd(24)} ${disabled ? 'disabled' : enrolled ? 'active' : 'not signed in yet'}  ${fullName}`,
      );
    if (accounts.length === 0) print('there are no accounts yet: tellerline staff add NAME --roles administrator');
  },
  async reset(of, name, _values, print) {
    const account = await found(of, name);
    await of.accounts.setPassword(
      account,
      await askSecret(`First password of ${account.name}`, { twice: true }),
      false,
    );
    await of.sessions.endAll(account.id);
    await note(of, 'staff.reset', account, '');
    print(`${account.name} has a new first password and must set up the second factor again`);
  },
  async disable(of, name, _values, print) {
    const account = await found(of, name);
    await of.accounts.change(account.id, { disabled: true });
    await of.sessions.endAll(account.id);
    await note(of, 'staff.disable', account, '');
    print(`${account.name} is disabled`);
  },
};

const listed = (text = ''): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

function days(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new IvrError('USAGE', '--max-age-days expects a whole number of days');
  return Number(text);
}

async function found(of: Staff, name: string): Promise<StaffAccount> {
  const account = await of.accounts.byName(name);
  if (account === undefined)
    throw new IvrError('NOT_FOUND', `there is no account ${name}; \`tellerline staff list\` lists all`);
  return account;
}

const note = async (of: Staff, action: string, { id }: StaffAccount, roles: string): Promise<void> => {
  const actor = { kind: 'system-user', name: userInfo().username } as const;
  const nothing = { purpose: '', ticket: '', approval: null };
  await of.audit.append({
    actor,
    role: 'system-user',
    action,
    targets: [id],
    ...nothing,
    result: 'done',
    detail: { roles },
  });
};
