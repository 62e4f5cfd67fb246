import { IvrError } from '../../domain/error.ts';
import type { Position } from './abnf-ast.ts';

/** `commands.abnf:3:14: expected '=', found 'agent'` */
export const grammarError = (file: string, at: Position, problem: string): IvrError =>
  new IvrError('GRAMMAR_INVALID', `${file}:${at.line}:${at.column}: ${problem}`, {
    file,
    line: at.line,
    column: at.column,
  });
