import type { Config } from '../config/schema.ts';
import type { Logger } from '../lib/logger.ts';
import { networks } from '../lib/networks.ts';
import type { Scope } from '../lib/scope.ts';
import { openSignalling } from '../signalling/drachtio/signalling-srf.ts';
import type { EmbeddedSip } from './embedded-sip.ts';
import { type Line, sipGauges } from './front-end-parts.ts';
import { configuredCodecs, keysInTheClear } from './media-options.ts';
import { trustedNetworks } from './source-options.ts';

export async function embeddedLine(
  config: Config,
  { sip, trunks }: EmbeddedSip,
  scope: Scope,
  logger: Logger,
): Promise<Line> {
  const signalling = scope.use(
    await openSignalling(
      {
        ...sip.control,
        trusts: networks(trustedNetworks(config, trunks)),
        codecs: configuredCodecs(config),
        keysInTheClear: keysInTheClear(config),
        confidentialDomains: trunks.filter(overTls).map(({ domain }) => domain.toLowerCase()),
      },
      logger,
    ),
  );
  const [udp, tls] = (['UDP', 'TLS'] as const).map((one) => sip.sipAddresses.find(({ protocol }) => protocol === one));
  return {
    signalling,
    sip: {
      host: udp?.host ?? config.sip.host,
      port: udp?.port ?? config.sip.port,
      ...(tls === undefined ? {} : { tlsPort: tls.port }),
    },
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

const overTls = ({ proxies }: { readonly proxies: readonly string[] }): boolean =>
  proxies.every((uri) => /^sips:|;transport=tls(?:;|$)/i.test(uri));
