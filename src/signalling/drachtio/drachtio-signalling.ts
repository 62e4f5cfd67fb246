import { type Admission, admit, type RefusalReason } from '../../domain/admission.ts';
import { IvrError, type SafeFacts } from '../../domain/error.ts';
import { type Milliseconds, seconds } from '../../domain/units.ts';
import { systemClock } from '../../lib/clock.ts';
import { within } from '../../lib/deadline.ts';
import { type DialogLedger, openDialogLedger } from '../../lib/dialog-ledger.ts';
import type { Logger } from '../../lib/logger.ts';
import { SourceAdmission, type SourceAdmissionOptions } from '../../lib/source-admission.ts';
import type { DialOutcome, IncomingCall, Signalling } from '../signalling.ts';
import { leavesConfidentially } from './confidential.ts';
import { type DrachtioLink, type LinkStatus, type LinkUser, openLink, type ServerAddress } from './drachtio-link.ts';
import { type DrachtioListener, type ListenAddress, type ListenerStatus, openListener } from './drachtio-listener.ts';
import type { OrphanCounts } from './orphan-sweep.ts';
import type { CallSources } from './receive-invite.ts';
import type { CallCounts, CallOptions } from './srf-calls.ts';
import type { Orphan } from './srf-orphan.ts';

export interface DrachtioOptions extends CallOptions {
  /** drachtio-servers that we connect to. May be empty when `listen` is given. */
  readonly servers: readonly ServerAddress[];
  readonly secret: string;
  /** What the servers' request handlers may route calls to us by: at most 20, each at most 32 of `A-Za-z0-9-_+@:`. */
  readonly tags?: readonly string[];
  /** Where drachtio-servers connect to us, once for each call. */
  readonly listen?: ListenAddress;
  /** By then one server has to be up; default 10 s. */
  readonly startDeadline?: Milliseconds;
  /** How often a server is asked whether it is there; after three times without an answer it is not. Default 5 s. */
  readonly heartbeat?: Milliseconds;
  /** Of whom calls are taken; default: of everybody, without shares. */
  readonly sources?: SourceAdmissionOptions;
  /** How long a source that is not trusted may take for the ACK of our answer; default 5 s. */
  readonly ackMs?: Milliseconds;
  /** A file for the names of the dialogs that are up; without it what an earlier run left up is not ended. */
  readonly ledger?: string;
}

export interface DrachtioStatistics extends CallCounts {
  readonly servers: readonly LinkStatus[];
  readonly listener: ListenerStatus | undefined;
  /** Of all servers. */
  readonly orphans: OrphanCounts;
  /** Calls that were not taken, by reason. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
}

export interface DrachtioSignalling extends Signalling {
  /** Where the servers that are up take SIP, as they say: `udp/10.0.0.1:5060,tcp/…`. */
  readonly hostports: string;
  /** Whether calls can come and be made: a server is up, or may connect to us. */
  readonly ready: boolean;
  statistics(): DrachtioStatistics;
  /** Once refused, new calls are answered 503 with Retry-After; calls that are up go on. */
  setAdmission(admission: Admission): void;
}

const EVERYBODY: SourceAdmissionOptions = {
  trusted: ['0.0.0.0/0', '::/0'],
  allow: [],
  sourceSetupsPerSecond: 1,
  sourcePending: 1,
  pendingOfAll: 1,
};
const TAG = /^[A-Za-z0-9\-_+@:]{1,32}$/;
const MAX_TAGS = 20;
/** The ledger's name for connections that servers open to us. */
const ANY_SERVER = '';

const nameOf = ({ host, port }: ServerAddress): string => `${host}:${port}`;

/**
 * Signalling on one or several drachtio-servers. A server that goes away takes its calls with it (`onEnd('lost')`) and is
 * connected to again; what it still has of them then is ended (BYE, CANCEL), since drachtio-server itself tells the far
 * end nothing when an application is gone.
 *
 * @throws IvrError CONTROL_PROTOCOL when no server comes up in time; CONTROL_SECRET_REFUSED by one; CONFIG_INVALID;
 *   PORT_IN_USE; STORAGE_FAILED
 */
export async function openDrachtio(options: DrachtioOptions, logger: Logger): Promise<DrachtioSignalling> {
  const tags = options.tags ?? [];
  if (tags.length > MAX_TAGS || !tags.every((tag) => TAG.test(tag)))
    throw new IvrError('CONFIG_INVALID', 'tags: at most 20, each of 1 to 32 characters A-Z a-z 0-9 - _ + @ :');
  if (options.servers.length === 0 && options.listen === undefined)
    throw new IvrError('CONFIG_INVALID', 'no SIP server to connect to, and none may connect to us');
  let handler: ((call: IncomingCall) => void) | undefined;
  let line: Admission = { take: true };
  let closing: Promise<void> | undefined;
  let turn = 0;
  const ledger =
    options.ledger === undefined
      ? undefined
      : await openDialogLedger(options.ledger, (error) =>
          logger.error({}, 'the list of active dialogs (signalling.ledger) cannot be written', error),
        );
  const sources = openSources(options);
  const userOf = (server: string): LinkUser & { onOrphanGone(orphan: Orphan): void } => ({
    onCall: (call) => handler?.(call),
    allows: (address) => sources.allows(address),
    trusts: (address) => sources.calls.trusts(address),
    sources: sources.calls,
    admission: () => admit({ line, missing: handler === undefined ? 'the application' : undefined }),
    onDialog: (dialogId, state) => ledger?.[state](server, dialogId),
    onOrphanGone: (orphan) => {
      if (orphan.kind !== 'dialog') return;
      ledger?.ended(server, orphan.dialogId);
      ledger?.ended(ANY_SERVER, orphan.dialogId);
    },
  });
  const common = { ...options, tags };
  if (ledger !== undefined) forgetFormerServers(ledger, options.servers);

  let listener: DrachtioListener | undefined;
  const links: DrachtioLink[] = [];
  const release = async (): Promise<void> => {
    for (const link of links) link.close();
    await listener?.[Symbol.asyncDispose]();
    await ledger?.[Symbol.asyncDispose]();
  };
  try {
    for (const server of options.servers) {
      const link = openLink(
        { ...common, ...server, heartbeat: options.heartbeat ?? seconds(5) },
        userOf(nameOf(server)),
        logger,
      );
      links.push(link);
      const left = [nameOf(server), ANY_SERVER].flatMap((owner) => [...(ledger?.left.get(owner)?.keys() ?? [])]);
      link.endOrphans(left.map((dialogId) => ({ kind: 'dialog', dialogId })));
    }
    if (options.listen !== undefined) {
      const onOrphans = (orphans: readonly Orphan[]): void => {
        // which of the servers it was is not known; the others do not know the call
        for (const link of links) link.endOrphans(orphans);
      };
      listener = await openListener({ ...common, ...options.listen }, { ...userOf(ANY_SERVER), onOrphans }, logger);
    }
    await start(links, options.startDeadline ?? seconds(10));
  } catch (thrown) {
    await release();
    throw thrown;
  }

  const close = async (): Promise<void> => {
    await Promise.all([...links.map((link) => link.hangUp()), listener?.hangUp()]);
    await release();
  };
  /** The servers that are up, in turn; else a connection that a server opened for a call. */
  const next = (): Pick<DrachtioLink, 'dial'> | undefined => {
    const up = links.filter((link) => link.up);
    return up.length > 0 ? up[turn++ % up.length] : listener?.any();
  };
  return {
    get hostports() {
      return links
        .filter((link) => link.up)
        .map((link) => link.hostports)
        .join(',');
    },
    get ready() {
      return closing === undefined && (listener !== undefined || links.some((link) => link.up));
    },
    onCall(listen) {
      handler = listen;
    },
    async dial(request, signal): Promise<DialOutcome> {
      const line = closing === undefined ? next() : undefined;
      return line === undefined ? { outcome: 'failed', status: 503 } : await line.dial(request, signal);
    },
    isConfidential: (uri) => leavesConfidentially(uri, []),
    statistics: () => ({ ...statisticsOf(links, listener), refused: { ...sources.refused } }),
    setAdmission(admission) {
      line = admission;
    },
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

/** Dialogs on servers that we no longer connect to cannot be ended. */
function forgetFormerServers(ledger: DialogLedger, servers: readonly ServerAddress[]): void {
  const known = new Set(servers.map(nameOf));
  for (const [server, dialogIds] of ledger.left)
    if (!known.has(server) && (server !== ANY_SERVER || known.size === 0))
      for (const dialogId of dialogIds.keys()) ledger.ended(server, dialogId);
}

interface SourcesOfCalls {
  readonly calls: CallSources;
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  allows(address: string): boolean;
}

/** drachtio-server takes whatever comes: whose calls are taken is ours to say. */
function openSources({ sources, ackMs = seconds(5), clock = systemClock }: DrachtioOptions): SourcesOfCalls {
  const strangers = new SourceAdmission(sources ?? EVERYBODY);
  const refused: Partial<Record<RefusalReason, number>> = {};
  return {
    refused,
    allows: strangers.isAllowed,
    calls: {
      admit(address, line) {
        const admission = line.take ? strangers.admit(address, clock.now()) : line;
        if (!admission.take) refused[admission.because] = (refused[admission.because] ?? 0) + 1;
        return admission;
      },
      trusts: strangers.isTrusted,
      begin: (address) => strangers.begin(address),
      ackMs,
    },
  };
}

/** Waits until each server has been tried and one is up. */
async function start(links: readonly DrachtioLink[], deadline: Milliseconds): Promise<void> {
  if (links.length === 0) return;
  const up = async (): Promise<void> => {
    await Promise.all(links.map((link) => link.tried));
    await Promise.any(links.map((link) => link.cameUp));
  };
  const problem = await within(up(), deadline, 'connecting to the SIP servers').then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const refusing = links.some((link) => link.refused);
  // one that keeps silent does not stop us when another one is up
  if (!refusing && links.some((link) => link.up)) return;
  const facts: Record<string, SafeFacts[string]> = {};
  for (const link of links) facts[nameOf(link.address)] = link.status().problem ?? 'up';
  const said = Object.entries(facts).map(([server, why]) => `${server}: ${why}`);
  const code = refusing ? 'CONTROL_SECRET_REFUSED' : 'CONTROL_PROTOCOL';
  throw new IvrError(code, `no start with these SIP servers: ${said.join('; ')}`, facts, problem);
}

function statisticsOf(
  links: readonly DrachtioLink[],
  listener: DrachtioListener | undefined,
): Omit<DrachtioStatistics, 'refused'> {
  const servers = links.map((link) => link.status());
  const parts = [...links, ...(listener === undefined ? [] : [listener])].map((part) => part.statistics());
  const sum = <K extends string>(of: readonly Readonly<Record<K, number>>[], name: K): number =>
    of.reduce((total, each) => total + each[name], 0);
  const orphans = servers.map((server) => server.orphans);
  return {
    incoming: sum(parts, 'incoming'),
    dialling: sum(parts, 'dialling'),
    dialogs: sum(parts, 'dialogs'),
    servers,
    listener: listener?.status(),
    orphans: {
      found: sum(orphans, 'found'),
      ended: sum(orphans, 'ended'),
      unknown: sum(orphans, 'unknown'),
      failed: sum(orphans, 'failed'),
    },
  };
}
