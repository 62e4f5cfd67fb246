import type { Comparison, Expression, Kind } from './expression.ts';

type Result = string | number | boolean | undefined;
type Values = Readonly<Record<string, string | number | boolean>>;

/** Its value by what is known; undefined when that is not enough. A comparison with what is not known does not hold. */
export function evaluate(expression: Expression, values: Values): Result {
  switch (expression.op) {
    case 'literal':
      return expression.value;
    case 'name':
      return as(values[expression.name], expression.kind);
    case 'known':
      return values[expression.name] !== undefined;
    case 'not':
      return !holds(expression.of, values);
    case 'and':
      return holds(expression.left, values) && holds(expression.right, values);
    case 'or':
      return holds(expression.left, values) || holds(expression.right, values);
    case '+':
    case '-':
    case '*':
      return calculated(expression.op, evaluate(expression.left, values), evaluate(expression.right, values));
    default:
      return compared(expression, values);
  }
}

/** Whether a condition holds. */
export const holds = (expression: Expression, values: Values): boolean =>
  as(evaluate(expression, values), 'truth') === true;

/** What is kept is text: it is read as what it is. */
function as(value: Result, kind: Kind): Result {
  if (value === undefined) return undefined;
  switch (kind) {
    case 'number':
      return isNumber(value) ? Number(value) : undefined;
    case 'truth':
      return value === true || value === 'true' || value === 'yes';
    case 'any':
      return value;
    default:
      return String(value);
  }
}

const DAY_MS = 86_400_000;
/** Of a sum, so that 0.1 + 0.2 is 0.3. */
const MILLIONTHS = 1_000_000;

function calculated(op: '+' | '-' | '*', left: Result, right: Result): Result {
  const by = as(right, 'number');
  if (typeof by !== 'number' || left === undefined) return undefined;
  if (typeof left === 'string' && /^\d{4}-\d\d-\d\d$/.test(left)) {
    const day = new Date(Date.parse(`${left}T00:00:00Z`) + (op === '-' ? -by : by) * DAY_MS);
    return Number.isNaN(day.getTime()) ? undefined : day.toISOString().slice(0, 10);
  }
  const number = as(left, 'number');
  if (typeof number !== 'number') return undefined;
  const result = op === '+' ? number + by : op === '-' ? number - by : number * by;
  return Number.isFinite(result) ? Math.round(result * MILLIONTHS) / MILLIONTHS : undefined;
}

function compared({ op, left, right }: Extract<Expression, { readonly op: Comparison }>, values: Values): boolean {
  const [one, other] = [evaluate(left, values), evaluate(right, values)];
  // what the bank alone knows is read as what it is compared with
  const declared = left.kind === 'any' ? right.kind : left.kind;
  const kind = declared === 'any' ? kindOfBoth(op, one, other) : declared;
  const [a, b] = [as(one, kind), as(other, kind)];
  if (a === undefined || b === undefined) return false;
  const [x, y] = typeof a === typeof b ? [a, b] : [String(a), String(b)];
  switch (op) {
    case '=':
      return x === y;
    case '!=':
      return x !== y;
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    case '>=':
      return x >= y;
  }
}

/** Of slots, and of values that the bank alone knows: 1000 is more than 500, whoever said it; but an account 007 is not the account 7. */
const kindOfBoth = (op: Comparison, one: Result, other: Result): Kind =>
  isNumber(one) && isNumber(other) && ((op !== '=' && op !== '!=') || typeof one !== typeof other) ? 'number' : 'any';

const isNumber = (value: Result): boolean =>
  typeof value !== 'boolean' && String(value ?? '').trim() !== '' && !Number.isNaN(Number(value));
