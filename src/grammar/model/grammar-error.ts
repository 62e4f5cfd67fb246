import { IvrError } from '../../domain/error.ts';

/** Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface GrammarProblem {
  readonly file: string;
  readonly at: Position;
  readonly text: string;
}

/** What is found may be as long as the grammar: nobody reads more. */
const MOST_CHARACTERS = 500;
const cut = (problem: GrammarProblem): GrammarProblem =>
  problem.text.length <= MOST_CHARACTERS ? problem : { ...problem, text: `${problem.text.slice(0, MOST_CHARACTERS)}…` };

class GrammarError extends IvrError {
  readonly problems: readonly GrammarProblem[];

  constructor(found: readonly GrammarProblem[]) {
    const problems = found.map(cut);
    const [{ file, at } = { file: '', at: { line: 1, column: 1 } }] = problems;
    super('GRAMMAR_INVALID', problems.map(lineOf).join('\n'), {
      file,
      line: at.line,
      column: at.column,
      ...(problems.length > 1 ? { problems: problems.length } : {}),
    });
    this.problems = problems;
  }
}

const lineOf = ({ file, at, text }: GrammarProblem): string => `${file}:${at.line}:${at.column}: ${text}`;

/** `commands.abnf:3:14: expected '=', found 'agent'` */
export const grammarError = (file: string, at: Position, text: string): IvrError =>
  new GrammarError([{ file, at, text }]);

/** All at once, a line each. */
export const grammarErrors = (problems: readonly GrammarProblem[]): IvrError => new GrammarError(problems);

/** What such an error tells of; undefined: it is another error. */
export const grammarProblems = (thrown: unknown): readonly GrammarProblem[] | undefined =>
  thrown instanceof GrammarError ? thrown.problems : undefined;
