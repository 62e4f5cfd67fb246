import { custody } from './en/custody.ts';
import { general } from './en/general.ts';
import { oversight } from './en/oversight.ts';
import { recordings } from './en/recordings.ts';

export const en = { ...general, ...recordings, ...custody, ...oversight };

export type Text = typeof en;
