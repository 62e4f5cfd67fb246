import type { Config } from '../config/schema.ts';
import { parseServers } from '../config/servers.ts';
import { ms } from '../domain/units.ts';
import type { ControlAddress } from '../drachtio/drachtio-srf.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { openDrachtio } from '../signalling/drachtio/drachtio-signalling.ts';
import { type Line, sipGauges } from './front-end-parts.ts';
import { configuredCodecs, keysInTheClear } from './media-options.ts';
import type { Check } from './part.ts';
import { sourceOptions } from './source-options.ts';

export async function drachtioLine(
  config: Config,
  servers: readonly ControlAddress[],
  secret: string,
  scope: Scope,
  logger: Logger,
): Promise<Line> {
  const { tags, listen, listen_allow: allow, ledger } = config.signalling;
  const [address] = parseServers(listen);
  const signalling = scope.use(
    await openDrachtio(
      {
        servers,
        secret,
        tags: listedWords(tags),
        codecs: configuredCodecs(config),
        keysInTheClear: keysInTheClear(config),
        sources: sourceOptions(config),
        ackMs: ms(config.sip.ack_ms),
        ...(address === undefined ? {} : { listen: { ...address, allow: listedWords(allow) } }),
        ...(ledger === '' ? {} : { ledger }),
      },
      logger,
    ),
  );
  return {
    signalling,
    get sip() {
      const [, host = servers[0]?.host ?? '', port = '5060'] =
        /udp\/(.+?):(\d+)(?:,|$)/i.exec(signalling.hostports) ?? [];
      return { host, port: Number(port) };
    },
    setAdmission: (admission) => signalling.setAdmission(admission),
    part: {
      name: 'sip',
      checks() {
        const servers = signalling.statistics().servers.map(({ state }, index): Check => {
          const up = state === 'up' ? 'ok' : 'down';
          return { name: `sip ${index + 1}`, state: up, stops: 'nothing' };
        });
        // those that may connect to us, call by call, are seen when they do
        return signalling.ready
          ? servers
          : [...servers, { name: 'sip', state: 'no server to take calls on', stops: 'line' }];
      },
      gauges: sipGauges(() => {
        const { incoming, dialling, dialogs, servers: now, orphans, refused } = signalling.statistics();
        return {
          sip_dialogs: incoming + dialling + dialogs,
          sip_transactions: 0,
          sip_messages_malformed: now.reduce((all, { dropped }) => all + dropped, 0),
          sip_retransmissions: 0,
          sip_servers_up: now.filter(({ state }) => state === 'up').length,
          sip_calls_refused: refused,
          sip_calls_orphaned: orphans.found,
        };
      }),
    },
  };
}
