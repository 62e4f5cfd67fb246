import { custody } from './en/custody.ts';
import { desk } from './en/desk.ts';
import { floor } from './en/floor.ts';
import { general } from './en/general.ts';
import { newcomer } from './en/newcomer.ts';
import { oversight } from './en/oversight.ts';
import { recordings } from './en/recordings.ts';
import { reports } from './en/reports.ts';

export const en = { ...general, ...recordings, ...custody, ...oversight, ...newcomer, ...desk, ...floor, ...reports };

export type Text = typeof en;
