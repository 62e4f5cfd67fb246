import { readRouting } from '../config/routing-file.ts';
import type { Config } from '../config/schema.ts';
import { readTrunks } from '../config/trunks-file.ts';
import type { CallRoute, OutboundWays } from '../calls/call-services.ts';
import type { Dialogue } from '../dialogue/dialogue.ts';
import type { Service } from '../dialogue/service.ts';
import { loadDialplan } from '../dialogue/load-dialplan.ts';
import type { Clock } from '../lib/clock.ts';
import type { OpeningHours } from '../routing/opening-hours.ts';
import { routeInbound } from '../routing/route-inbound.ts';
import { routeOutbound } from '../routing/route-outbound.ts';
import type { RoutingTable } from '../routing/routing-table.ts';
import type { CallParties } from '../signalling/signalling.ts';
import { expectLanguage } from './expect-language.ts';

export interface LoadedDialplan {
  readonly file: string;
  readonly dialogue: Dialogue;
}

/** Which dialplan answers which call, and how calls of ours to numbers leave. */
export interface CallRouting {
  /** That of `dialplan.file` first. */
  readonly dialplans: readonly [LoadedDialplan, ...LoadedDialplan[]];
  readonly route: (parties: Pick<CallParties, 'called'>) => CallRoute;
  readonly outboundWays: OutboundWays;
  /** Those of routing.file; undefined: there is none. */
  readonly hours: (OpeningHours & Pick<RoutingTable, 'outlooks'>) | undefined;
  /** The same, with other dialogues in place of these. */
  readonly mapped: (change: (loaded: LoadedDialplan) => Dialogue) => CallRouting;
}

const TELEPHONE = /^tel:([^;]+)/i;

/**
 * Reads the dialplans, and with them what routes calls to them.
 *
 * @param services - what dialplans may ask for
 * @throws IvrError CONFIG_INVALID, DIALPLAN_INVALID, GRAMMAR_INVALID
 */
export async function openCallRouting(
  config: Config,
  services: readonly Service[],
  clock: Pick<Clock, 'wall'>,
): Promise<CallRouting> {
  const table = await routingTable(config);
  const load = async (file: string): Promise<LoadedDialplan> => {
    const dialogue = await loadDialplan(file, { grammarsDirectory: config.dialplan.grammars, services });
    for (const language of dialogue.languages) expectLanguage(language, config.speech, file);
    return { file, dialogue };
  };
  const first = await load(config.dialplan.file);
  const files = new Set((table?.inbound ?? []).flatMap(({ to }) => ('dialplan' in to ? [to.dialplan] : [])));
  const others = await Promise.all([...files].map(load));
  return routingOf(table, [first, ...others], clock);
}

function routingOf(
  table: RoutingTable | undefined,
  dialplans: CallRouting['dialplans'],
  clock: Pick<Clock, 'wall'>,
): CallRouting {
  const [first, ...others] = dialplans;
  const dialogueOf = new Map(others.map(({ file, dialogue }) => [file, dialogue]));
  return {
    dialplans,
    hours: table,
    mapped(change) {
      const changed = (loaded: LoadedDialplan): LoadedDialplan => ({ ...loaded, dialogue: change(loaded) });
      return routingOf(table, [changed(first), ...others.map(changed)], clock);
    },
    route({ called }) {
      const to = table === undefined ? undefined : routeInbound(table, called, clock.wall());
      if (to === undefined) return { dialogue: first.dialogue };
      return 'reject' in to ? to : { dialogue: dialogueOf.get(to.dialplan) ?? first.dialogue };
    },
    outboundWays(person, parties) {
      const number = TELEPHONE.exec(person)?.[1]?.replace(/[-.()]/g, '');
      if (number === undefined) return undefined;
      return table === undefined ? [] : routeOutbound(table, number, parties);
    },
  };
}

async function routingTable({ routing, trunks, signalling, archive }: Config): Promise<RoutingTable | undefined> {
  if (routing.file === '') return undefined;
  // drachtio-server has no trunks of ours: its routes name SIP addresses
  const known = trunks.file === '' || signalling.kind === 'drachtio' ? [] : await readTrunks(trunks.file);
  return readRouting(routing.file, known, archive.country_code);
}
