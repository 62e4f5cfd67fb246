import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import { IvrError } from '../domain/error.ts';

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
        { after_ms: Type.Integer({ minimum: 0, maximum: 120_000, default: 0 }), within_s: within },
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

const KNOWN =
  'say, press, pause_ms, wait-for {text | silence_ms | speech | hang-up}, interrupt {after_ms, say | press}, answer, decline, hang-up';

/**
 * @param file - named in errors
 * @throws IvrError SCRIPT_INVALID with file, line and what was expected
 */
export function parseScript(text: string, file: string): Script {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fail = (offset: number, message: string): never => {
    const { line, col } = lines.linePos(offset);
    throw new IvrError('SCRIPT_INVALID', `${file}:${line}:${col}: ${message}`, { line });
  };
  const broken = document.errors[0];
  if (broken !== undefined) fail(broken.pos[0], broken.message.split('\n')[0] ?? 'not YAML');
  const content: unknown = document.toJS();
  const { contents } = document;
  const steps = isMap(contents) ? contents.get('steps', true) : undefined;
  if (isSeq(steps))
    for (const node of steps.items) {
      const step: unknown =
        typeof node === 'object' && node !== null && 'toJS' in node && typeof node.toJS === 'function'
          ? node.toJS(document)
          : node;
      const offset =
        typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
          ? Number(node.range[0])
          : 0;
      if (!Value.Check(Step, step)) fail(offset, `not a step; expected one of ${KNOWN}`);
    }
  if (!Value.Check(Script, content))
    return fail(0, 'expected `steps:` with a list, and optionally `voice:` and `language:`');
  return content;
}
