import type { Config } from '../config/schema.ts';
import type { TrunkSettings } from '../config/trunks-file.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { SourceAdmissionOptions } from '../lib/source-admission.ts';

type Trunks = readonly Pick<TrunkSettings, 'networks'>[];

/** Whose word counts: those of `sip.trusted`, and those that the trunks' calls come from. */
export const trustedNetworks = ({ sip }: Config, trunks: Trunks = []): readonly string[] => [
  ...listedWords(sip.trusted),
  ...trunks.flatMap(({ networks }) => networks),
];

/** What the configuration lets addresses do that are not trusted. */
export const sourceOptions = (config: Config, trunks: Trunks = []): SourceAdmissionOptions => ({
  trusted: trustedNetworks(config, trunks),
  allow: listedWords(config.sip.allow),
  sourceSetupsPerSecond: config.sip.source_setups_per_second,
  sourcePending: config.sip.source_pending,
  pendingOfAll: Math.max(1, Math.ceil(config.limits.calls / 4)),
});
