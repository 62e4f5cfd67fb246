import { type Static, Type } from 'typebox';
import {
  BargeIn,
  exampleSentences,
  Go,
  named,
  optional,
  spokenForms,
  StateName,
  strict,
  Tapered,
  text,
  Timing,
} from './schema-elements.ts';
import { TypeName } from '../values/type-schema.ts';
import { BY_LANGUAGE } from './in-language.ts';
import { type Option, STATE_SCHEMAS as S, type Slot } from './state-schemas.ts';

/*
 * The dialplan language. One schema: it checks files, types the compiler and completes keys in editors
 * (dialplans/dialplan.schema.json is emitted from it).
 */

export const Command = Type.Object(
  {
    to: optional(StateName),
    say: optional(
      text('said on the way; without `to` the answer to a question in between, after which the caller is asked again'),
    ),
    call: optional(
      Type.String({
        pattern: '^[a-z][a-z0-9-]*$',
        description: 'a flow without params that answers it, after which the caller is asked again',
      }),
    ),
    clear: optional(Type.Union([Type.Literal('all'), Type.Array(Type.String())])),
    because: optional(text('the reason that a transfer gives')),
    keys: optional(Type.String({ pattern: '^[0-9*#]$', description: 'where no digits are collected' })),
    keywords: optional(
      spokenForms('keywords for free speech, as for an option; a command that is negated does not count'),
    ),
    examples: optional(exampleSentences('sentences in which callers want it, as for an option')),
    risk: optional(
      Type.Union([Type.Literal('low'), Type.Literal('high')], {
        description: 'high: obeyed only when heard with certainty',
      }),
    ),
    confirm: optional(
      text('asked before it is obeyed, to be answered with yes or no; commands that end the call are always confirmed'),
    ),
  },
  strict,
);

const States = named(
  Type.Union([
    S.say,
    S.menu,
    S.question,
    S.form,
    S.confirm,
    S['look-up'],
    S.call,
    S.return,
    S.branch,
    S.set,
    S.transfer,
    S.end,
  ]),
  'the states by name',
);

export const Flow = Type.Object(
  {
    params: optional(named(TypeName, 'what it begins with, and of what type')),
    returns: optional(Type.Array(Type.String(), { description: 'slots that its caller may save' })),
    start: StateName,
    states: States,
  },
  strict,
);

export const Dialplan = Type.Object(
  {
    dialplan: Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'its name' }),
    version: Type.Integer({ minimum: 1 }),
    language: Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]+)*$', description: 'BCP 47: en-US' }),
    languages: optional(
      Type.Record(
        Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]+)*$' }),
        Type.Object(
          {
            voice: optional(Type.String()),
            lexicon: optional(Type.String()),
            called: optional(
              Type.Array(Type.String({ pattern: '^\\+?[0-9]{2,15}$' }), {
                description: 'numbers whose callers are spoken to in it at first',
              }),
            ),
            key: optional(
              Type.String({ pattern: '^[0-9#]$', description: 'asks for it, where it is no other answer' }),
            ),
          },
          strict,
        ),
        {
          additionalProperties: false,
          description:
            'the languages that callers may speak and ask for, by BCP 47 tag: every text stands by language then',
        },
      ),
    ),
    voice: optional(Type.String()),
    lexicon: optional(
      Type.String({
        description: 'how names are said: a pronunciation lexicon (PLS 1.0) in the folder of the grammars',
      }),
    ),
    'maximum-call-seconds': Type.Integer({ minimum: 30, maximum: 7200 }),
    notices: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          version: Type.Integer({ minimum: 1 }),
          text: text('said in full at the beginning of every call'),
        },
        strict,
      ),
      { minItems: 1 },
    ),
    start: optional(StateName),
    'barge-in': optional(BargeIn),
    timing: optional(Timing),
    confidence: optional(
      Type.Object(
        {
          reject: Type.Number({ minimum: 0, maximum: 1, description: 'below: no match' }),
          accept: Type.Number({
            minimum: 0,
            maximum: 1,
            description: 'below this confidence risky requests are asked again',
          }),
        },
        strict,
      ),
    ),
    trouble: Type.Object(
      {
        'no-input': Tapered,
        'no-match': Tapered,
        tries: Type.Integer({ minimum: 1, maximum: 9 }),
        escalate: Go,
        'silent-tries': Type.Integer({
          minimum: 1,
          maximum: 9,
          description: 'consecutive silences, in any state, before `silent`',
        }),
        silent: StateName,
        'flow-loop': optional(
          text('said when the dialplan has gone round in circles, before a person is rung or the call ends'),
        ),
        disturbed: optional(text('said when a call had to move to other media, before the last prompt is repeated')),
        'not-recorded': optional(text('said when the recording fails and the call goes on')),
        'recording-lost': optional(text('last words when a call that cannot be recorded any more is ended')),
        'line-lost': optional(text('last words when the SIP server is gone')),
        goodbye: optional(text('last words when nobody could be reached after the dialplan had gone round in circles')),
      },
      strict,
    ),
    'keys-only': Type.Object({ say: text('said once when speech cannot be recognised'), escalate: Go }, strict),
    'other-language': optional(
      Type.Object(
        {
          languages: optional(named(Go, 'where callers who speak another language go, by its ISO 639-1 code: zh')),
          say: optional(text('said the first time, in front of the keys; in the language of the dialplan')),
          escalate: optional(Go),
        },
        {
          ...strict,
          description:
            'what follows when a caller speaks a language that no state serves; by default trouble.escalate the second time',
        },
      ),
    ),
    several: optional(
      Type.Object(
        {
          or: optional(text('between the questions about two options, when it is not clear which one is meant')),
          later: optional(text('in front of the second of two things that were asked for at once')),
        },
        { ...strict, description: 'what is said when a caller may want, or wants, two things' },
      ),
    ),
    commands: Type.Object(
      {
        grammar: Type.String(),
        list: named(Command, 'what may be said anywhere; `repeat` has no `to`'),
        resume: optional(text('said in front of a question that was interrupted by another one')),
      },
      strict,
    ),
    'time-up': StateName,
    shutdown: StateName,
    states: optional(States),
    flows: optional(named(Flow, 'flows by name: `main` is where a call begins, others are called')),
  },
  { ...strict, title: 'Tellerline dialplan' },
);

export type DialplanFile = Static<typeof Dialplan>;
export type FlowFile = Static<typeof Flow>;
export type StateFile = Static<(typeof S)[keyof typeof S]>;
export type SlotFile = Static<typeof Slot>;
export type GoFile = Static<typeof Go>;
export type CommandFile = Static<typeof Command>;
export type OptionFile = Static<typeof Option>;
export type TimingFile = Static<typeof Timing>;

/** The text of dialplans/dialplan.schema.json: editors complete and check dialplans by it. */
export function dialplanSchemaText(): string {
  const once = (key: string, value: unknown): unknown =>
    key === 'states' && typeof value === 'object' ? { $ref: '#/definitions/states-by-name' } : value;
  const local = (key: string, value: unknown): unknown =>
    isSchema(value) && BY_LANGUAGE.has(key)
      ? byLanguage(value)
      : isSchema(value) && key === 'choices'
        ? choicesByLanguage(value)
        : once(key, value);
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...Dialplan,
    definitions: {
      'states-by-name': States,
      'by-language': { ...tagged({ anyOf: [TEXT, { type: 'array', items: TEXT }] }), description: 'in each language' },
    },
  };
  return `${JSON.stringify(schema, local, 2)}\n`;
}

type Schema = Readonly<Record<string, unknown>>;
const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TEXT = { type: 'string', minLength: 1 };
const IN_LANGUAGES = { $ref: '#/definitions/by-language' };
/** A mapping by BCP 47 tag, or by the language alone. */
const tagged = (schema: Schema): Schema => ({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  patternProperties: { '^[a-z]{2,3}(-[A-Za-z0-9]+)*$': schema },
});

/** Where a dialplan has several languages a text, or each of a list, stands by language. */
function byLanguage({ description, ...schema }: Schema): Schema {
  const { anyOf } = schema;
  const ways = (Array.isArray(anyOf) ? anyOf.filter(isSchema) : [schema]).map((way) =>
    way['type'] === 'array' ? { ...way, items: { anyOf: [way['items'], IN_LANGUAGES] } } : way,
  );
  return { ...(description === undefined ? {} : { description }), anyOf: [...ways, IN_LANGUAGES] };
}

/** What is said for a choice stands by language, or all of its values do. */
function choicesByLanguage({ description, ...schema }: Schema): Schema {
  const patterns = isSchema(schema['patternProperties']) ? schema['patternProperties'] : {};
  const each = Object.entries(patterns).map(([name, words]) => [name, { anyOf: [words, IN_LANGUAGES] }] as const);
  return {
    description,
    anyOf: [{ ...schema, patternProperties: Object.fromEntries(each) }, tagged(schema)],
  };
}
