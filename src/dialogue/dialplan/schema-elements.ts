import { type TSchema, Type } from 'typebox';

/* What the schemas of the dialplan language are made of: texts, waits, where to go, how to ask. */

export const strict = { additionalProperties: false };
export const optional = Type.Optional;
export const named = <S extends TSchema>(values: S, description: string) =>
  Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]*$' }), values, { description, additionalProperties: false });
/** Two minutes of speech. */
const MOST_SPOKEN = 2_000;
export const text = (description: string) => Type.String({ minLength: 1, maxLength: MOST_SPOKEN, description });
/** Each is looked for in everything that is said freely. */
const MOST_FORMS = 200;
const LONGEST_FORM = 100;
export const spokenForms = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: LONGEST_FORM }), { maxItems: MOST_FORMS, description });
const MOST_EXAMPLES = 1_000;
const LONGEST_EXAMPLE = 300;
/** What people say, as it may be written: the classifier brings it into spoken form. */
export const exampleSentences = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: LONGEST_EXAMPLE }), { maxItems: MOST_EXAMPLES, description });
export const wait = (description: string) => Type.Integer({ minimum: 100, maximum: 60_000, description });

export const StateName = Type.String({
  pattern: '^(main\\.)?[a-z][a-z0-9-]*$',
  description:
    'the name of a state of the same flow; with main. in front, one of the main flow, for which this one is left',
});
export const FlowName = Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'the name of a flow' });
/** Names, numbers, 'texts', + - * = != < <= > >= and or not known( ). */
export const expression = (description: string) =>
  Type.Union([Type.String({ minLength: 1, maxLength: 500 }), Type.Number(), Type.Boolean()], {
    description: `an expression (amount > 3000 and from != to): ${description}`,
  });
export const BargeIn = Type.Union(
  [Type.Literal('none'), Type.Literal('keys'), Type.Literal('speech'), Type.Literal('both')],
  {
    description: 'what may interrupt the prompts; none for mandatory disclosures',
  },
);
export const Tapered = Type.Union([
  text('one prompt for every time'),
  Type.Array(text('the 1st, 2nd, 3rd… time'), { minItems: 1 }),
]);

export const Go = Type.Union(
  [
    StateName,
    Type.Object(
      {
        to: StateName,
        say: optional(text('said on the way')),
        clear: optional(
          Type.Union([Type.Literal('all'), Type.Array(Type.String())], { description: 'slots and values to forget' }),
        ),
        because: optional(text('the reason that a transfer gives')),
      },
      strict,
    ),
  ],
  { description: 'where to go: a state, or a state with what to say and forget on the way' },
);

export const Timing = Type.Object(
  {
    'no-input-ms': optional(wait('silence after the prompt that counts as no input')),
    'max-speech-ms': optional(wait('the longest answer')),
    'complete-ms': optional(wait('silence that ends a complete answer')),
    'extendable-ms': optional(
      wait('silence that ends a complete answer that could still go on; twice complete-ms by default'),
    ),
    'incomplete-ms': optional(wait('silence that ends an incomplete answer')),
    'inter-digit-ms': optional(wait('the longest wait between two keys')),
    'terminator-ms': optional(
      wait("how long a '#' after an entry of full length is still part of it; inter-digit-ms where absent"),
    ),
  },
  strict,
);

/** What every state that waits for an answer may say of it. */
export const asking = {
  again: optional(text('the question in a short form, after a default apology')),
  help: optional(text('said when the caller asks what they may say; the key menu by default, or `again`')),
  'keys-say': optional(text('the question when only keys can answer; made from the labels by default')),
  'no-input': optional(Tapered),
  'no-match': optional(Tapered),
  tries: optional(Type.Integer({ minimum: 1, maximum: 9, description: 'failed attempts here before `escalate`' })),
  escalate: optional(Go),
  'barge-in': optional(BargeIn),
  timing: optional(Timing),
  asides: optional(
    named(
      Type.Object(
        {
          phrases: optional(spokenForms('what to say for it')),
          keywords: optional(spokenForms('for free speech, as for an option')),
          say: optional(text('the answer, after which the question is asked again')),
          call: optional(Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'the flow that answers it' })),
        },
        strict,
      ),
      'questions in between: they are answered, and then this one is asked again',
    ),
  ),
};
