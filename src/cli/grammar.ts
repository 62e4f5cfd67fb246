import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { IvrError, systemCode } from '../domain/error.ts';
import { builtinGrammar } from '../grammar/builtin/builtin-grammar.ts';
import { atomsOf, type CompiledGrammar, compileGrammar, type Interpretation } from '../grammar/compile-grammar.ts';
import { parseSentence, textOf } from '../grammar/parse/parse-sentence.ts';
import { openQuickJs } from '../grammar/quickjs/open-quickjs.ts';
import type { Command } from './command.ts';

const LONGEST_TEXT = 2_000;
/** Of a file that a grammar refers to: more than all of them together may have. */
const MOST_BYTES = 64_000_000;

/** `tellerline grammar`: what a grammar makes of sentences. */
export const grammar: Command = {
  summary: 'shows how a grammar interprets a sentence, and which sentences it does not cover',
  usage:
    'tellerline grammar parse FILE TEXT [--language TAG] [--today DATE] [--json] | coverage FILE SENTENCES [--language TAG] [--today DATE] [--json]',
  help: `  parse FILE TEXT          what TEXT means by the grammar in FILE: W3C SRGS 1.0, XML (.grxml) or ABNF (.gram), with SISR 1.0;
                           FILE#rule takes another rule than the root, and FILE may be built in (builtin:date). One meaning a
                           line, as JSON, the likeliest first. For a grammar of keys, TEXT is keys
  coverage FILE SENTENCES  the sentences of the file SENTENCES (one a line; # begins a comment) that the grammar does not cover,
                           with how far each was understood and what could have followed
  --language TAG           of a built-in grammar: en-US or zh-CN (a file says its own)
  --today DATE             the day that "tomorrow" follows, such as 2026-11-30; otherwise this machine's
  --json                   one JSON object a sentence, with words, weights and everything that it can mean

Files that the grammar refers to are read relative to it; nothing is fetched from a network.
Exit status: 0 understood (coverage: every sentence); 1 not, or the grammar is wrong: every error has file, line and column;
64 the command is not understood.`,
  async run({ arguments: args, print }) {
    const [verb, ...rest] = args;
    if (verb !== 'parse' && verb !== 'coverage')
      throw new IvrError('USAGE', verb === undefined ? 'say `parse` or `coverage`' : `there is no \`grammar ${verb}\``);
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: { language: { type: 'string' }, today: { type: 'string' }, json: { type: 'boolean', default: false } },
    });
    const [file, what, more] = positionals;
    if (file === undefined || what === undefined || more !== undefined)
      throw new IvrError(
        'USAGE',
        `name the grammar and the ${verb === 'parse' ? 'text (in quotes)' : 'file of sentences'}`,
      );
    const today = values.today ?? localDay(new Date());
    if (!/^\d{4}-\d\d-\d\d$/.test(today) || Number.isNaN(Date.parse(today)))
      throw new IvrError('USAGE', `--today expects a date such as 2026-11-30, not ${today}`);
    const compiled = await compiledFile(file, values.language);
    if (verb === 'parse') return parse(compiled, what, { today, json: values.json, print });
    return coverage(compiled, await read(what), { today, json: values.json, print });
  },
};

interface Output {
  readonly today: string;
  readonly json: boolean;
  readonly print: (line: string) => void;
}

function parse(compiled: CompiledGrammar, text: string, { today, json, print }: Output): number {
  if (text.length > LONGEST_TEXT) throw new IvrError('USAGE', `expected at most ${LONGEST_TEXT} characters of text`);
  const found = compiled.interpret(text, { today });
  if (found.length > 0) {
    if (json) print(JSON.stringify({ text, interpretations: found }));
    else for (const { meaning } of found) print(JSON.stringify(meaning));
    return 0;
  }
  const missed = gap(compiled, text);
  print(json ? JSON.stringify({ text, ...missed }) : explained(text, missed));
  return 1;
}

function coverage(compiled: CompiledGrammar, sentences: string, { today, json, print }: Output): number {
  const lines = sentences.split(/\r?\n/).map((line) => line.replace(/^\uFEFF/, '').trim());
  const all = lines.flatMap((text, at) => (text === '' || text.startsWith('#') ? [] : [{ text, line: at + 1 }]));
  if (all.length === 0) throw new IvrError('USAGE', 'expected sentences in the file, one a line, found none');
  let missing = 0;
  for (const { text, line } of all) {
    const found: readonly Interpretation[] = text.length > LONGEST_TEXT ? [] : compiled.interpret(text, { today });
    if (found.length > 0) {
      if (json) print(JSON.stringify({ line, text, interpretations: found }));
      continue;
    }
    missing += 1;
    const missed = gap(compiled, text);
    print(json ? JSON.stringify({ line, text, ...missed }) : `${line}: ${explained(text, missed)}`);
  }
  const covered = all.length - missing;
  if (!json) print(`${covered} of ${all.length} sentences covered (${((100 * covered) / all.length).toFixed(1)} %)`);
  return missing === 0 ? 0 : 1;
}

interface Gap {
  readonly interpretations: readonly [];
  /** Of the text, as far as a sentence of the grammar begins so. */
  readonly understood: string;
  /** Some of what could have followed. */
  readonly expected: readonly string[];
}

/** Of the ways in which a text may have been said, the one that is understood furthest. */
function gap({ contextFree, mode, language }: CompiledGrammar, text: string): Gap {
  let best: Gap = { interpretations: [], understood: '', expected: [] };
  for (const atoms of atomsOf(text, mode, language)) {
    const result = parseSentence(contextFree, atoms, 1);
    if (!('understood' in result))
      return { interpretations: [], understood: textOf(atoms, 0, atoms.length), expected: [] };
    const understood = textOf(atoms, 0, result.understood);
    if (best.expected.length === 0 || understood.length > best.understood.length)
      best = { interpretations: [], understood, expected: result.expected };
  }
  return best;
}

function explained(text: string, { understood, expected }: Gap): string {
  const next =
    expected.length > 0
      ? `what could follow: ${expected.join(', ')}`
      : understood === ''
        ? 'nothing of it begins a sentence'
        : 'nothing could follow';
  if (understood !== '' && expected.length === 0)
    return `not covered: "${text}" (its words are covered, but mean no value, or the sentence ends before)`;
  return `not covered: "${text}" (understood: "${understood}"; ${next})`;
}

async function compiledFile(name: string, language: string | undefined): Promise<CompiledGrammar> {
  const [path = '', rule] = name.startsWith('builtin:') ? [name] : name.split('#');
  const folder = dirname(path);
  const file = path.slice(folder === '.' && !path.startsWith('./') ? 0 : folder.length + 1);
  const texts = new Map<string, string | undefined>();
  if (!name.startsWith('builtin:')) texts.set(file, await read(path));
  const compiled = compileGrammar(
    rule === undefined ? (name.startsWith('builtin:') ? name : encodeURI(file)) : `${encodeURI(file)}#${rule}`,
    {
      read: (other) => {
        if (!texts.has(other)) texts.set(other, readBeside(join(folder, other)));
        return texts.get(other);
      },
      builtin: builtinGrammar,
    },
    { scripts: await openQuickJs(), quoteScripts: true, ...(language === undefined ? {} : { language }) },
  );
  return compiled;
}

/** Undefined also for what is no file of its own: a device may never end. */
function readBeside(path: string): string | undefined {
  try {
    const found = statSync(path);
    if (!found.isFile() || found.size > MOST_BYTES) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch {
    return undefined;
  }
}

async function read(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const found = cause instanceof TypeError ? 'one that is not in UTF-8' : (systemCode(cause) ?? 'an error');
    throw new IvrError(
      'GRAMMAR_INVALID',
      `${path}: expected a readable file in UTF-8, found ${found}`,
      { file: path },
      cause,
    );
  }
}

const localDay = (now: Date): string =>
  [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
