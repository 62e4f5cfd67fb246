import type { Text } from './en.ts';
import { custody } from './zh/custody.ts';
import { desk } from './zh/desk.ts';
import { floor } from './zh/floor.ts';
import { general } from './zh/general.ts';
import { newcomer } from './zh/newcomer.ts';
import { oversight } from './zh/oversight.ts';
import { recordings } from './zh/recordings.ts';
import { reports } from './zh/reports.ts';

export const zh: Text = {
  ...general,
  ...recordings,
  ...custody,
  ...oversight,
  ...newcomer,
  ...desk,
  ...floor,
  ...reports,
};
