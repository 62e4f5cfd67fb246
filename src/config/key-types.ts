import { Type } from 'typebox';

/* The types that the keys of the configuration have, each with its description and default. */

export const text = (description: string, value: string, extra: object = {}) =>
  Type.String({ description, default: value, ...extra });
export const whole = (description: string, value: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: value, minimum, maximum });
export const flag = (description: string, value: boolean) => Type.Boolean({ description, default: value });
export const choice = <const T extends string[]>(description: string, value: T[number], values: [...T]) =>
  Type.Enum(values, { description, default: value });
export const section = <T extends Parameters<typeof Type.Object>[0]>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

export const port = (description: string, value: number) =>
  whole(`${description}; 0 picks a free port`, value, 0, 65_535);
