import type { SrgsGrammar } from '../model/srgs-grammar.ts';
import { parseAbnf } from './parse-abnf.ts';
import { parseGrxml } from './parse-grxml.ts';

/** Reads a grammar in either form: ABNF begins with '#ABNF', whatever the file is called. @throws IvrError GRAMMAR_INVALID */
export const parseSrgs = (file: string, text: string): SrgsGrammar =>
  /^\uFEFF?\s*</.test(text) || (!/^\uFEFF?#ABNF/.test(text) && /\.(?:grxml|xml)$/i.test(file))
    ? parseGrxml(file, text.replace(/^\uFEFF/, ''))
    : parseAbnf(file, text);
