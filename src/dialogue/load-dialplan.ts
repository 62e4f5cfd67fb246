import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { IvrError, systemCode } from '../domain/error.ts';
import type { Dialogue } from './dialogue.ts';
import { compilePlans } from './dialplan/compile-plan.ts';
import type { Plan } from './dialplan/plan.ts';
import { dialogueOf } from './open-dialogue.ts';
import type { Service } from './service.ts';

/**
 * Reads a dialplan and the grammars it may use. The one file of this folder that touches the disk.
 *
 * @param grammarsDirectory - all its `.abnf` and `.pls` files are read; those not referred to are not compiled
 * @param services - what the bank offers
 * @throws IvrError DIALPLAN_INVALID, GRAMMAR_INVALID: unreadable, or wrong at file, line, column with what was expected
 */
export const loadDialplan = async (path: string, options: DialplanOptions): Promise<Dialogue> =>
  dialogueOf(...(await loadPlans(path, options)));

interface DialplanOptions {
  readonly grammarsDirectory: string;
  readonly services: readonly (string | Service)[];
}

/** The same, compiled and checked, in each of its languages, for whoever draws or reads it. */
export async function loadPlans(
  path: string,
  { grammarsDirectory, services }: DialplanOptions,
): Promise<readonly [Plan, ...Plan[]]> {
  const text = await readText(path, 'DIALPLAN_INVALID', 'a readable dialplan', 'dialplan.file');
  const names = await readdir(grammarsDirectory).catch((cause: unknown) => {
    throw unreadable('GRAMMAR_INVALID', grammarsDirectory, 'a readable folder of grammars', 'dialplan.grammars', cause);
  });
  const grammars = new Map<string, string>();
  for (const name of names)
    if (/\.(?:abnf|pls)$/.test(name))
      grammars.set(
        name,
        await readText(join(grammarsDirectory, name), 'GRAMMAR_INVALID', 'a readable grammar', 'dialplan.grammars'),
      );
  const source = { folder: grammarsDirectory, text: (name: string) => grammars.get(name) };
  return compilePlans(path, text, source, services);
}

type Code = 'DIALPLAN_INVALID' | 'GRAMMAR_INVALID';

/** @param key - of the configuration, which named the path */
function unreadable(code: Code, path: string, expected: string, key: string, cause: unknown): IvrError {
  const found = systemCode(cause) ?? 'an error';
  const hint = isAbsolute(path) ? '' : `; the path is relative to ${process.cwd()}, where tellerline was started`;
  return new IvrError(
    code,
    `${resolve(path)}: expected ${expected}, found ${found} (${key}${hint})`,
    { file: path, key, cause: systemCode(cause) ?? 'unknown' },
    cause,
  );
}

async function readText(path: string, code: Code, expected: string, key: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    throw unreadable(code, path, cause instanceof TypeError ? `${expected} in UTF-8` : expected, key, cause);
  }
}
