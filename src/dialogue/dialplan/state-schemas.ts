import { Type } from 'typebox';
import { SlotType } from '../values/type-schema.ts';
import {
  asking,
  BargeIn,
  exampleSentences,
  expression,
  FlowName,
  Go,
  named,
  optional,
  spokenForms,
  StateName,
  strict,
  text,
  wait,
} from './schema-elements.ts';

/* The states of a dialplan, by kind. */

export const Option = Type.Object(
  {
    to: StateName,
    say: optional(text('said on the way: the answer of an FAQ')),
    clear: optional(Type.Union([Type.Literal('all'), Type.Array(Type.String())])),
    because: optional(text('the reason that a transfer gives')),
    keys: optional(Type.String({ pattern: '^[0-9#]$', description: 'the key that chooses it' })),
    label: optional(text("what the key menu calls it: 'your balance'")),
    phrases: optional(spokenForms('what to say to choose it, beside the grammar')),
    keywords: optional(spokenForms('for free speech; longer phrases weigh more, a leading - counts against')),
    examples: optional(
      exampleSentences(
        'sentences in which callers want it: what is learnt from them takes the place of keywords in free speech',
      ),
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
    type: optional(SlotType),
    grammar: optional(
      Type.String({ description: 'file.abnf or builtin:digits?length=8; what is said for its type where absent' }),
    ),
    free: optional(
      Type.Boolean({
        description:
          'what is said is the value, in the words that were recognised; several hypotheses with | between: for services that judge it',
      }),
    ),
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
      text('what the whole value must match: an RE2 pattern, so without back-references or look-around'),
    ),
    invalid: optional(text('said when it does not')),
    when: optional(expression('it is asked only when this holds')),
    default: optional(expression('its value when nobody has said one; it is not asked then')),
    keep: optional(
      Type.Literal('call', {
        description: 'known in all flows to the end of the call; otherwise while its flow lasts',
      }),
    ),
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
      grammar: optional(
        Type.String({
          description: 'file.abnf: sentences that give several slots at once, by their names, whichever is asked',
        }),
      ),
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
      corrects: optional(
        Type.String({
          description: 'form/slot that "no, it is …" corrects, or a form with a grammar, for any of its slots',
        }),
      ),
      grammar: optional(
        Type.String({ description: 'ways to say yes and no besides the built-in ones: sets answer to yes or no' }),
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
      failed: optional(Go),
    },
    strict,
  ),
  call: Type.Object(
    {
      kind: kind('call'),
      flow: FlowName,
      with: optional(named(expression('what the flow begins with'), 'the parameters of the flow')),
      saves: optional(named(Type.String(), 'what is kept of what the flow returns: name here: name there')),
      next: Go,
      otherwise: optional(named(Go, 'where to go when the flow returns `as` something else, by that name')),
    },
    strict,
  ),
  return: Type.Object(
    {
      kind: kind('return'),
      as: optional(
        Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'what came of it; absent: what was wanted' }),
      ),
    },
    strict,
  ),
  branch: Type.Object(
    {
      kind: kind('branch'),
      ways: Type.Array(
        Type.Object(
          {
            when: expression('the first way whose condition holds is taken'),
            to: StateName,
            say: optional(text('said on the way')),
            clear: optional(Type.Union([Type.Literal('all'), Type.Array(Type.String())])),
            because: optional(text('the reason that a transfer gives')),
          },
          strict,
        ),
        { minItems: 1 },
      ),
      otherwise: Go,
    },
    strict,
  ),
  set: Type.Object(
    { kind: kind('set'), values: named(expression('what it becomes'), 'slots of the flow'), next: Go },
    strict,
  ),
  transfer: Type.Object(
    {
      kind: kind('transfer'),
      say: optional(text('said before ringing')),
      because: text('the reason, unless the transition here gave one'),
      'ring-ms': optional(wait('how long to ring')),
      queue: optional(text('the queue whose agents are asked, where there are queues')),
      context: optional(Type.Array(Type.String(), { description: 'slots and values that the person gets' })),
      completed: Go,
      'no-answer': Go,
      busy: optional(Go),
      declined: optional(Go),
      failed: optional(Go),
      verify: optional(Go),
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
