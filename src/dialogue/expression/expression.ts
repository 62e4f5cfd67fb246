/*
 * Conditions and sums of a dialplan: `amount > 3000 and from != to`. Small and total: no loops, no calls into anything, and a
 * value for whatever is known of a call. They are read and typed when the dialplan is compiled.
 */

/** What a value is, as far as expressions tell them apart. `any`: only the bank knows, it is compared as what it is compared with. */
export type Kind = 'number' | 'text' | 'truth' | 'date' | 'time' | 'any';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Expression =
  | { readonly op: 'literal'; readonly value: string | number | boolean; readonly kind: Kind }
  | { readonly op: 'name'; readonly name: string; readonly kind: Kind }
  /** Whether anything is known of it. */
  | { readonly op: 'known'; readonly name: string; readonly kind: 'truth' }
  | { readonly op: 'not'; readonly of: Expression; readonly kind: 'truth' }
  | { readonly op: 'and' | 'or'; readonly left: Expression; readonly right: Expression; readonly kind: 'truth' }
  | { readonly op: Comparison; readonly left: Expression; readonly right: Expression; readonly kind: 'truth' }
  | { readonly op: '+' | '-' | '*'; readonly left: Expression; readonly right: Expression; readonly kind: Kind };

/** The names that must be known before it has a value, in the order they stand. What only `known` asks about need not be. */
export function namesIn(expression: Expression): readonly string[] {
  switch (expression.op) {
    case 'literal':
    case 'known':
      return [];
    case 'name':
      return [expression.name];
    case 'not':
      return namesIn(expression.of);
    default:
      return [...namesIn(expression.left), ...namesIn(expression.right)];
  }
}
