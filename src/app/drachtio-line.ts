import type { Config } from '../config/schema.ts';
import { parseServers } from '../config/servers.ts';
import type { ControlAddress } from '../drachtio/drachtio-srf.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { openDrachtio } from '../signalling/drachtio/drachtio-signalling.ts';
import type { Line } from './front-end-parts.ts';

export async function drachtioLine(
  { signalling: { tags, listen, listen_allow: allow, ledger } }: Config,
  servers: readonly ControlAddress[],
  secret: string,
  scope: Scope,
  logger: Logger,
): Promise<Line> {
  const [address] = parseServers(listen);
  const signalling = scope.use(
    await openDrachtio(
      {
        servers,
        secret,
        tags: listed(tags),
        ...(address === undefined ? {} : { listen: { ...address, allow: listed(allow) } }),
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
    ready: () => signalling.ready,
    setAdmission: (admit, retryAfter) => signalling.setAdmission(admit, retryAfter),
    checks: () =>
      Promise.resolve(
        Object.fromEntries(
          signalling
            .statistics()
            .servers.map(({ state }, index) => [`sip ${index + 1}`, state === 'up' ? 'ok' : 'down']),
        ),
      ),
    gauges() {
      const { incoming, dialling, dialogs, servers: now, orphans } = signalling.statistics();
      return Promise.resolve({
        dialogs: incoming + dialling + dialogs,
        transactions: 0,
        malformed: now.reduce((all, { dropped }) => all + dropped, 0),
        retransmissions: 0,
        sipServersUp: now.filter(({ state }) => state === 'up').length,
        callsOrphaned: orphans.found,
      });
    },
  };
}

const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
