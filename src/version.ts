import { readFileSync } from 'node:fs';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

/** The folder of the installed product: dialplans, grammars and demo scripts are beside dist/. */
export const PRODUCT_FOLDER = new URL('..', import.meta.url);

const Package = Type.Object({ version: Type.String() });

export const VERSION = Value.Parse(
  Package,
  JSON.parse(readFileSync(new URL('package.json', PRODUCT_FOLDER), 'utf8')),
).version;
