import type { Violations } from './violations.ts';

/** mod_dptools.c; `multiset` takes `^^<delimiter>`, else blanks. Only `set` has a capture (main). */
export function assign(app: string, arg: string, variables: Map<string, string>, violations: Violations): void {
  let assignments = [arg];
  if (app === 'multiset') assignments = arg.startsWith('^^') ? arg.slice(3).split(arg.charAt(2)) : arg.split(' ');
  for (const each of assignments) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(each) ?? [];
    if (name === undefined || value === undefined) violations.add(`${app} ${arg}: no variable`);
    else if (value === '') variables.delete(name);
    else variables.set(name, value);
  }
}
