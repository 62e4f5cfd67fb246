import { type Static, Type } from 'typebox';
import type { RecordingQuery } from '../../../archive/recording-search.ts';

const words = (maxLength: number) => Type.Optional(Type.String({ minLength: 1, maxLength }));
const time = () => Type.Optional(Type.Integer({ minimum: 0 }));

/** What can be searched for, as a body or, for a list to download, as a query. */
export const QueryFields = {
  number: words(40),
  account: words(64),
  agent: words(80),
  queue: words(80),
  intent: words(80),
  dialplan: words(120),
  outcome: words(40),
  words: words(200),
  state: Type.Optional(
    Type.Enum(['EXPECTED', 'OPEN', 'SEALED', 'ARCHIVED', 'VERIFIED', 'EXEMPT', 'MISSING', 'DESTROYED']),
  ),
  held: Type.Optional(Type.Boolean()),
  unheardNotice: Type.Optional(Type.Boolean()),
  since: time(),
  until: time(),
  minDurationMs: time(),
  maxDurationMs: time(),
};
export const SearchQuery = Type.Object(QueryFields, { additionalProperties: false });

/** The terms as the audit trail may hold them: what names a customer by its last two characters, digits in words hidden. */
export function maskedTerms(query: Static<typeof SearchQuery>): Record<string, string | number | boolean> {
  const masked: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(query) as [keyof RecordingQuery, string | number | boolean][])
    if (name === 'number' || name === 'account') masked[name] = `***${String(value).slice(-2)}`;
    else masked[name] = name === 'words' ? String(value).replaceAll(/\d/g, '#') : value;
  return masked;
}
