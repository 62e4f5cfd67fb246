import { type Static, type TSchema, Type } from 'typebox';

/*
 * The dialplan language. One schema: it checks files, types the compiler and completes keys in editors
 * (dialplans/dialplan.schema.json is emitted from it).
 */

const strict = { additionalProperties: false };
const optional = Type.Optional;
const named = <S extends TSchema>(values: S, description: string) =>
  Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]*$' }), values, { description, additionalProperties: false });
/** Two minutes of speech. */
const MOST_SPOKEN = 2_000;
const text = (description: string) => Type.String({ minLength: 1, maxLength: MOST_SPOKEN, description });
const wait = (description: string) => Type.Integer({ minimum: 100, maximum: 60_000, description });

const StateName = Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'the name of a state' });
const BargeIn = Type.Union([Type.Literal('none'), Type.Literal('keys'), Type.Literal('speech'), Type.Literal('both')], {
  description: 'what may interrupt the prompts; none for mandatory disclosures',
});
const Tapered = Type.Union([
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

const Timing = Type.Object(
  {
    'no-input-ms': optional(wait('silence after the prompt that counts as no input')),
    'max-speech-ms': optional(wait('the longest answer')),
    'complete-ms': optional(wait('silence that ends a complete answer')),
    'extendable-ms': optional(
      wait('silence that ends a complete answer to which more could be said; twice complete-ms where it is not given'),
    ),
    'incomplete-ms': optional(wait('silence that ends an answer that is not complete')),
    'inter-digit-ms': optional(wait('the longest wait between two keys')),
    'terminator-ms': optional(
      wait("how long a '#' after an entry of full length is still part of it; inter-digit-ms where absent"),
    ),
  },
  strict,
);

/** What every state that waits for an answer may say of it. */
const asking = {
  again: optional(text('the question in short, after a default apology')),
  'keys-say': optional(text('the question when only keys can answer; made from the labels where absent')),
  'no-input': optional(Tapered),
  'no-match': optional(Tapered),
  tries: optional(Type.Integer({ minimum: 1, maximum: 9, description: 'troubles here before `escalate`' })),
  escalate: optional(Go),
  'barge-in': optional(BargeIn),
  timing: optional(Timing),
};

export const Option = Type.Object(
  {
    to: StateName,
    say: optional(text('said on the way: the answer of an FAQ')),
    clear: optional(Type.Union([Type.Literal('all'), Type.Array(Type.String())])),
    because: optional(text('the reason that a transfer gives')),
    keys: optional(Type.String({ pattern: '^[0-9#]$', description: 'the key that chooses it' })),
    label: optional(text("what the key menu calls it: 'your balance'")),
    phrases: optional(Type.Array(Type.String(), { description: 'what to say to choose it, beside the grammar' })),
    keywords: optional(
      Type.Array(Type.String(), {
        description: 'for free speech; longer phrases weigh more, a leading - speaks against',
      }),
    ),
    confirm: optional(text('asked when unsure: Do you want to hear your balance?')),
    risk: optional(Type.Union([Type.Literal('low'), Type.Literal('high')])),
  },
  strict,
);

const choice = {
  say: text('the question'),
  grammar: optional(Type.String({ description: 'file.abnf: a rule whose meaning has `intent`' })),
  free: optional(Type.Boolean({ description: 'what the grammar refuses is decoded freely and matched by keywords' })),
  options: optional(named(Option, 'what may be chosen, by intent')),
  'options-of': optional(Type.String({ description: 'offers the options and grammar of another question as well' })),
  ...asking,
};

export const Slot = Type.Object(
  {
    say: text('the question'),
    grammar: optional(Type.String({ description: 'file.abnf or builtin:digits?length=8' })),
    value: optional(
      Type.String({
        description: "the key of the grammar's meaning that holds the value; the slot's name or `digits` where absent",
      }),
    ),
    keys: optional(
      Type.Object(
        {
          min: Type.Integer({ minimum: 1, maximum: 32 }),
          max: Type.Integer({ minimum: 1, maximum: 32 }),
          terminator: optional(Type.Literal('#')),
        },
        strict,
      ),
    ),
    secret: optional(Type.Boolean({ description: 'keys only, masked in the recording, never kept' })),
    matches: optional(
      text(
        'what the whole value must match: a pattern in the syntax of RE2, without references back or looking around',
      ),
    ),
    invalid: optional(text('said when it does not')),
    confirm: optional(text('read back when unsure; the slot may be named: {{account|digits}}')),
    'confirm-when': optional(Type.Union([Type.Literal('unsure'), Type.Literal('always')])),
    ...asking,
  },
  strict,
);

const kind = <K extends string>(name: K) => Type.Literal(name);

export const STATE_SCHEMAS = {
  say: Type.Object({ kind: kind('say'), say: text('what to say'), 'barge-in': optional(BargeIn), next: Go }, strict),
  menu: Type.Object({ kind: kind('menu'), ...choice }, strict),
  question: Type.Object({ kind: kind('question'), ...choice }, strict),
  form: Type.Object(
    {
      kind: kind('form'),
      slots: named(Slot, 'asked in this order; those that are known are skipped'),
      unless: optional(
        Type.Object(
          { known: Type.String(), to: StateName },
          { ...strict, description: 'skips the whole form when this slot or value is known' },
        ),
      ),
      next: Go,
    },
    strict,
  ),
  confirm: Type.Object(
    {
      kind: kind('confirm'),
      say: text('the question'),
      yes: Go,
      no: Go,
      corrects: optional(Type.String({ description: 'form/slot that "no, it is …" corrects' })),
      grammar: optional(
        Type.String({ description: 'more ways to say yes and no than the built-in ones: sets answer to yes or no' }),
      ),
      risk: optional(Type.Union([Type.Literal('low'), Type.Literal('high')])),
      ...asking,
    },
    strict,
  ),
  'look-up': Type.Object(
    {
      kind: kind('look-up'),
      service: Type.String(),
      args: optional(named(Type.String(), 'argument: slot or value')),
      saves: optional(Type.Array(Type.String(), { description: 'values of the result that prompts may use' })),
      keeps: optional(
        Type.Array(Type.String(), { description: 'values of the result that are kept but never journalled' }),
      ),
      'timeout-ms': optional(wait('when to give up')),
      fillers: optional(Type.Array(Type.Object({ 'after-ms': wait('delay'), say: text('filler') }, strict))),
      done: Go,
      refused: optional(
        named(
          Type.Object(
            {
              to: StateName,
              say: optional(text('said on the way')),
              clear: optional(Type.Union([Type.Literal('all'), Type.Array(Type.String())])),
              because: optional(text('the reason that a transfer gives')),
              tries: optional(
                Type.Integer({ minimum: 1, maximum: 9, description: 'refusals in this call until `otherwise`' }),
              ),
              otherwise: optional(Go),
            },
            strict,
          ),
          'by the name of the refusal',
        ),
      ),
      failed: Go,
    },
    strict,
  ),
  transfer: Type.Object(
    {
      kind: kind('transfer'),
      say: optional(text('said before ringing')),
      because: text('why, where the way here did not say'),
      'ring-ms': optional(wait('how long to ring')),
      context: optional(Type.Array(Type.String(), { description: 'slots and values that the person gets' })),
      completed: Go,
      'no-answer': Go,
      busy: optional(Go),
      declined: optional(Go),
      failed: optional(Go),
    },
    strict,
  ),
  end: Type.Object(
    {
      kind: kind('end'),
      say: optional(text('last words')),
      because: optional(
        Type.Union([
          Type.Literal('bot-hung-up'),
          Type.Literal('caller-hung-up'),
          Type.Literal('maximum-duration'),
          Type.Literal('silent-caller'),
          Type.Literal('notice-refused'),
          Type.Literal('shutdown'),
        ]),
      ),
    },
    strict,
  ),
} as const;

const S = STATE_SCHEMAS;

export const Command = Type.Object(
  {
    to: optional(StateName),
    say: optional(text('said on the way')),
    clear: optional(Type.Union([Type.Literal('all'), Type.Array(Type.String())])),
    because: optional(text('the reason that a transfer gives')),
    keys: optional(Type.String({ pattern: '^[0-9*#]$', description: 'where no digits are collected' })),
    keywords: optional(Type.Array(Type.String())),
    risk: optional(
      Type.Union([Type.Literal('low'), Type.Literal('high')], { description: 'high: obeyed only when surely heard' }),
    ),
    confirm: optional(
      text('asked before it is obeyed, to be answered with yes or no; commands that end the call are always confirmed'),
    ),
  },
  strict,
);

export const Dialplan = Type.Object(
  {
    dialplan: Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'its name' }),
    version: Type.Integer({ minimum: 1 }),
    language: Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]+)*$', description: 'BCP 47: en-US' }),
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
    start: StateName,
    'barge-in': optional(BargeIn),
    timing: optional(Timing),
    confidence: optional(
      Type.Object(
        {
          reject: Type.Number({ minimum: 0, maximum: 1, description: 'below: no match' }),
          accept: Type.Number({ minimum: 0, maximum: 1, description: 'below: risky matters are asked again' }),
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
          description: 'silences in a row, wherever, before `silent`',
        }),
        silent: StateName,
        'flow-loop': optional(
          text('said when the dialplan has gone round in circles, before a person is rung or the call ends'),
        ),
      },
      strict,
    ),
    'keys-only': Type.Object({ say: text('said once when speech cannot be recognised'), escalate: Go }, strict),
    'other-language': optional(
      Type.Object(
        {
          languages: optional(named(Go, 'where callers go who speak another language, by its ISO 639-1 code: zh')),
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
    commands: Type.Object(
      { grammar: Type.String(), list: named(Command, 'what may be said anywhere; `repeat` has no `to`') },
      strict,
    ),
    'time-up': StateName,
    shutdown: StateName,
    states: named(
      Type.Union([S.say, S.menu, S.question, S.form, S.confirm, S['look-up'], S.transfer, S.end]),
      'the states by name',
    ),
  },
  { ...strict, title: 'Tellerline dialplan' },
);

export type DialplanFile = Static<typeof Dialplan>;
export type StateFile = Static<(typeof STATE_SCHEMAS)[keyof typeof STATE_SCHEMAS]>;
export type SlotFile = Static<typeof Slot>;
export type GoFile = Static<typeof Go>;
export type OptionFile = Static<typeof Option>;
export type TimingFile = Static<typeof Timing>;

/** The text of dialplans/dialplan.schema.json: editors complete and check dialplans by it. */
export const dialplanSchemaText = (): string =>
  `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...Dialplan }, null, 2)}\n`;
