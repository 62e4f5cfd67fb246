import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { IvrError } from '../../domain/error.ts';
import { readYaml } from '../../yaml/read-yaml.ts';
import type { YamlPosition } from '../../yaml/yaml-file.ts';

/* What a scripted telephone does, step by step. Times at this edge carry their unit in the name. */

const strict = { additionalProperties: false };
const within = Type.Optional(
  Type.Number({ minimum: 0.1, maximum: 600, description: 'gives up after this many seconds (30)' }),
);

export const Step = Type.Union([
  Type.Object({ say: Type.String({ minLength: 1, maxLength: 1000 }) }, strict),
  Type.Object({ play: Type.String({ minLength: 1, description: 'a WAV file, mono, 8 kHz' }) }, strict),
  Type.Object({ press: Type.String({ pattern: '^[0-9A-D*#]{1,64}$' }) }, strict),
  Type.Object({ pause_ms: Type.Integer({ minimum: 0, maximum: 600_000 }) }, strict),
  Type.Object(
    {
      'wait-for': Type.Union([
        Type.Object(
          {
            text: Type.String({ minLength: 1 }),
            within_s: within,
            wer: Type.Optional(
              Type.Number({ minimum: 0, maximum: 0.9, description: 'word-error rate still taken for the text (0.34)' }),
            ),
          },
          strict,
        ),
        Type.Object({ silence_ms: Type.Integer({ minimum: 50, maximum: 60_000 }), within_s: within }, strict),
        Type.Object({ speech: Type.Literal(true), within_s: within }, strict),
        Type.Object({ 'hang-up': Type.Literal(true), within_s: within }, strict),
      ]),
    },
    strict,
  ),
  Type.Object(
    {
      interrupt: Type.Object(
        {
          after_ms: Type.Integer({ minimum: 0, maximum: 60_000, description: 'of the far end speaking' }),
          say: Type.Optional(Type.String({ minLength: 1 })),
          press: Type.Optional(Type.String({ pattern: '^[0-9A-D*#]{1,64}$' })),
          within_s: within,
        },
        strict,
      ),
    },
    strict,
  ),
  Type.Object(
    {
      answer: Type.Object(
        {
          after_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 120_000, description: 'rings so long (0)' })),
          within_s: within,
        },
        strict,
      ),
    },
    strict,
  ),
  Type.Object(
    { decline: Type.Object({ status: Type.Integer({ minimum: 400, maximum: 699 }), within_s: within }, strict) },
    strict,
  ),
  Type.Literal('hang-up'),
]);
export type Step = Static<typeof Step>;

const Script = Type.Object(
  {
    voice: Type.Optional(Type.String()),
    language: Type.Optional(Type.String()),
    steps: Type.Array(Step, { minItems: 1, maxItems: 1000 }),
  },
  strict,
);
export type Script = Static<typeof Script>;

/** How each step is written, for those who wrote it otherwise. */
export const STEP_FORMS: Readonly<Record<string, string>> = {
  say: 'say: TEXT',
  play: 'play: FILE.wav (mono, 8 kHz)',
  press: "press: '2468#' (in quotes; 0-9 A-D * #)",
  pause_ms: 'pause_ms: 500',
  'wait-for':
    'wait-for: {text: WORDS, wer: 0.34} or {speech: true} or {silence_ms: 700} or {hang-up: true}, each with within_s: 30 if need be',
  interrupt: "interrupt: {after_ms: 1500, say: TEXT} or {after_ms: 1500, press: '0'}",
  answer: 'answer: {after_ms: 2000, within_s: 60}',
  decline: 'decline: {status: 486}',
  'hang-up': 'hang-up',
};
const TOP_LEVEL = ['steps', 'voice', 'language'];

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function expectedOf(step: unknown): string {
  const [name = ''] = typeof step === 'string' ? [step] : isRecord(step) ? Object.keys(step) : [];
  const form = Object.hasOwn(STEP_FORMS, name) ? STEP_FORMS[name] : undefined;
  return form === undefined
    ? `${name === '' ? 'this' : `\`${name}\``} is not a step; expected one of ${Object.keys(STEP_FORMS).join(', ')}`
    : `expected ${form}`;
}

/**
 * @param file - named in errors
 * @throws IvrError SCRIPT_INVALID with file, line and what was expected, for every step that is wrong
 */
export function parseScript(text: string, file: string): Script {
  const yaml = readYaml(text);
  const told = ({ line, column }: YamlPosition, message: string): string => `${file}:${line}:${column}: ${message}`;
  if ('problems' in yaml) throw refused(yaml.problems.map(({ at, text: said }) => told(at, said)));
  const { value } = yaml;
  const unknown = isRecord(value) ? Object.keys(value).filter((key) => !TOP_LEVEL.includes(key)) : [];
  const steps: readonly unknown[] = isRecord(value) && Array.isArray(value['steps']) ? value['steps'] : [];
  const problems = [
    ...unknown.map((key) => told(yaml.at([key], true), `there is no key ${key}; expected ${TOP_LEVEL.join(', ')}`)),
    ...steps.flatMap((step, n) => (Value.Check(Step, step) ? [] : [told(yaml.at(['steps', n]), expectedOf(step))])),
  ];
  if (problems.length > 0) throw refused(problems);
  if (Value.Check(Script, value)) return value;
  throw refused([told(yaml.at([]), 'expected `steps:` with a list, and optionally `voice:` and `language:`')]);
}

const refused = (problems: readonly string[]): IvrError =>
  new IvrError(
    'SCRIPT_INVALID',
    problems.length === 1 ? (problems[0] ?? '') : `the script is not valid:\n  ${problems.join('\n  ')}`,
  );
