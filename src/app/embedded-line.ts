import type { Config } from '../config/schema.ts';
import { ms } from '../domain/units.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { Logger } from '../lib/logger.ts';
import { networks } from '../lib/networks.ts';
import type { Scope } from '../lib/scope.ts';
import { openSignalling } from '../signalling/drachtio/signalling-srf.ts';
import { openEmbeddedSignalling } from '../sip-server/embedded-signalling.ts';
import { type Line, sipGauges } from './front-end-parts.ts';
import { configuredCodecs } from './media-options.ts';
import { sourceOptions } from './source-options.ts';

type EmbeddedSip = Awaited<ReturnType<typeof openEmbeddedSignalling>>;

export const embeddedSip = (config: Config, logger: Logger): Promise<EmbeddedSip> => {
  const { sip, limits } = config;
  const { ledger } = config.signalling;
  return openEmbeddedSignalling(
    {
      host: sip.host,
      port: sip.port,
      tcp: sip.tcp,
      setupsPerSecond: sip.setups_per_second,
      eventLoopLag: ms(limits.event_loop_lag_ms),
      sources: sourceOptions(config),
      ackWithin: ms(sip.ack_ms),
      ...(ledger === '' ? {} : { ledger }),
      ...(sip.advertise === '' ? {} : { advertise: { host: sip.advertise } }),
    },
    logger,
  );
};

export async function embeddedLine(config: Config, sip: EmbeddedSip, scope: Scope, logger: Logger): Promise<Line> {
  const signalling = scope.use(
    await openSignalling(
      {
        ...sip.control,
        trusts: networks(listedWords(config.sip.trusted)),
        codecs: configuredCodecs(config),
      },
      logger,
    ),
  );
  const udp = sip.sipAddresses.find(({ protocol }) => protocol === 'UDP');
  return {
    signalling,
    sip: { host: udp?.host ?? config.sip.host, port: udp?.port ?? config.sip.port },
    setAdmission: (admission) => sip.setAdmission(admission),
    part: {
      name: 'sip',
      gauges: sipGauges(async () => {
        const { dialogs, incoming, outgoing, stack, notAdmitted, left } = await sip.statistics();
        return {
          sip_dialogs: dialogs + incoming + outgoing,
          sip_transactions: stack.serverTransactions + stack.clientTransactions,
          sip_messages_malformed: sum(stack.dropped) + sum(stack.refused),
          sip_retransmissions: stack.retransmissionsSent,
          sip_servers_up: 1,
          sip_calls_refused: notAdmitted,
          sip_calls_orphaned: left,
        };
      }),
    },
  };
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
