import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** What a script does on the line. */
export type TrialLine =
  | { readonly says: string; readonly language?: string; readonly confidence?: number }
  | { readonly presses: string }
  | { readonly waits: number }
  | { readonly hangsUp: true };

const strict = { additionalProperties: false };
/** A day: nobody waits longer on a telephone, and timers that renew themselves would take their time. */
const LONGEST_WAIT_MS = 86_400_000;

const SHAPES = {
  says: Type.Object(
    {
      says: Type.String({ maxLength: 2_000 }),
      language: Type.Optional(Type.String({ minLength: 2, maxLength: 35 })),
      confidence: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    },
    strict,
  ),
  presses: Type.Object({ presses: Type.String({ pattern: '^[0-9*#]{1,100}$' }) }, strict),
  waits: Type.Object({ waits: Type.Number({ minimum: 0, maximum: LONGEST_WAIT_MS }) }, strict),
  hangsUp: Type.Object({ hangsUp: Type.Literal(true) }, strict),
};
const says = Compile(SHAPES.says);
const presses = Compile(SHAPES.presses);
const waits = Compile(SHAPES.waits);
const hangsUp = Compile(SHAPES.hangsUp);

const EXPECTED =
  'expected one of {"says": TEXT, "language"?, "confidence"? (0…1)}, {"presses": KEYS} (0-9 * #), {"waits": MILLISECONDS}, {"hangsUp": true}';

/** @returns what the line says, or what was expected instead */
export function parseTrialLine(text: string): TrialLine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `${EXPECTED}; found no JSON`;
  }
  if (says.Check(value)) return value;
  if (presses.Check(value)) return value;
  if (waits.Check(value)) return value;
  if (hangsUp.Check(value)) return value;
  return EXPECTED;
}
