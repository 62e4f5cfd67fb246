import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false };
const optional = Type.Optional;

/** What a value is: what is said and keyed for it, what it means, and how it is said. */
export const TypeName = Type.Union(
  [
    Type.Literal('text'),
    Type.Literal('number'),
    Type.Literal('amount'),
    Type.Literal('date'),
    Type.Literal('time'),
    Type.Literal('duration'),
    Type.Literal('digits'),
    Type.Literal('spelled'),
    Type.Literal('phone'),
    Type.Literal('account'),
    Type.Literal('choice'),
    Type.Literal('yesno'),
  ],
  { description: 'the type of a value' },
);
export type ValueTypeName = Static<typeof TypeName>;

const length = (description: string) => Type.Integer({ minimum: 1, maximum: 32, description });

export const TypeDetails = Type.Object(
  {
    is: TypeName,
    length: optional(length('of digits, spelled and account: how many')),
    'min-length': optional(length('at least so many')),
    'max-length': optional(length('at most so many')),
    check: optional(
      Type.Union([Type.Literal('luhn'), Type.Literal('mod-97')], {
        description:
          'of account and digits: the check digit at the end (ISO/IEC 7812-1), or the check number (ISO/IEC 7064)',
      }),
    ),
    currency: optional(
      Type.String({
        pattern: '^[A-Z]{3}$',
        description: 'of an amount, ISO 4217; amounts in another one are not taken',
      }),
    ),
    days: optional(
      Type.Union([Type.Literal('future'), Type.Literal('past'), Type.Literal('any')], {
        description: 'of a date: which "the third of March" is meant where no year is said; future includes today',
      }),
    ),
    choices: optional(
      Type.Record(
        Type.String({ pattern: '^[a-z][a-z0-9-]*$' }),
        Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 50 }),
        {
          additionalProperties: false,
          description: 'of a choice: by the value, what is said for it; prompts say the first',
        },
      ),
    ),
  },
  { ...strict, description: 'a type, and what values it has' },
);

export const SlotType = Type.Union([TypeName, TypeDetails], {
  description: 'what the value is: amount, or { is: amount, currency: USD }',
});
export type SlotTypeFile = Static<typeof SlotType>;
