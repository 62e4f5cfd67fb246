import { parseArgs } from 'node:util';
import { isUserName, readUsers, secretsFor, writeUser } from '../app/telephone-users.ts';
import { IvrError } from '../domain/error.ts';
import { configured } from './configured.ts';
import { askSecret } from './ask-secret.ts';
import type { Command } from './command.ts';

const SHORTEST_PASSWORD = 12;

/** `tellerline telephones`: who may register a telephone. */
export const telephones: Command = {
  summary: 'adds, lists and removes accounts that may register a telephone',
  usage: 'tellerline telephones add NAME [--md5] | telephones list | telephones remove NAME   [--config FILE]',
  help: `add      lets NAME register a telephone, or gives NAME a new password; it is read from the terminal, or from the first line of
         standard input. --md5 for a telephone that fails when it is offered SHA-256 as well: the weaker hash alone is kept.
list     the names of all who may register.
remove   NAME can no longer register, and is no longer reached.

The names are kept in the file registrar.users_file, for the domain registrar.domain: hashes, not passwords, but whoever reads the file can
register. A running server notices the change within seconds. A telephone is set up with the server's address, the NAME, the
password, and the domain as its realm or SIP domain; it is then called as sip:NAME@DOMAIN, in person.uri for instance.`,
  async run({ arguments: args, environment, print }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { config: { type: 'string' }, md5: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [verb = '', name = '', ...more] = positionals;
    if (!['add', 'list', 'remove'].includes(verb)) throw new IvrError('USAGE', 'say `add`, `list` or `remove`');
    if ((verb === 'list') !== (name === '') || more.length > 0)
      throw new IvrError('USAGE', verb === 'list' ? '`list` takes no name' : 'which telephone? Name one');
    if (verb !== 'list' && !isUserName(name))
      throw new IvrError(
        'USAGE',
        'a name has up to 64 letters of the Latin alphabet, digits, and the characters . _ + -',
      );
    const { registrar } = await configured(values.config, environment);
    const { users_file: file, domain } = registrar;
    if (file === '') throw new IvrError('CONFIG_INVALID', 'registrar.users_file is not set');
    if (verb === 'list') {
      for (const user of Object.keys(await readUsers(file, domain)).toSorted()) print(user);
      return 0;
    }
    if (verb === 'add') {
      const password = await askSecret(`Password of ${name}`, { twice: true });
      // hashes of a short one are guessed within hours by whoever hears a registration
      if (password.length < SHORTEST_PASSWORD)
        throw new IvrError('USAGE', `a password has at least ${SHORTEST_PASSWORD} characters`);
      const { MD5, ...better } = secretsFor(name, domain, password);
      const replaced = await writeUser(file, name, domain, { MD5, ...(values.md5 === true ? {} : better) });
      print(replaced ? `${name} has a new password` : `${name} can register at ${domain}`);
      return 0;
    }
    if (!(await writeUser(file, name, domain)))
      throw new IvrError('NOT_FOUND', `there is no ${name} at ${domain}; \`tellerline telephones list\` lists all`);
    print(`${name} can no longer register`);
    return 0;
  },
};
