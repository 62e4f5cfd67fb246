import type { Config } from '../config/schema.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { SourceAdmissionOptions } from '../lib/source-admission.ts';

/** What the configuration lets addresses do that are not trusted. */
export const sourceOptions = ({ sip, limits }: Config): SourceAdmissionOptions => ({
  trusted: listedWords(sip.trusted),
  allow: listedWords(sip.allow),
  sourceSetupsPerSecond: sip.source_setups_per_second,
  sourcePending: sip.source_pending,
  pendingOfAll: Math.max(1, Math.ceil(limits.calls / 4)),
});
