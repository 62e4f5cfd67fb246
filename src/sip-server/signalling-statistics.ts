import type { RefusalReason } from '../domain/admission.ts';
import type { Milliseconds } from '../domain/units.ts';
import type { SipStatistics } from '../sip/stack.ts';
import type { ControlServer } from './control-server.ts';
import type { RegistrarStatistics } from './registrar.ts';
import type { Switchboard, SwitchboardCounts } from './switchboard.ts';
import type { TrunkState } from './trunk.ts';

export interface SignallingStatistics {
  readonly stack: SipStatistics;
  /** Messages that were dropped or refused because they broke the grammar. */
  readonly malformed: number;
  /** Sent again by a timer or for a retransmitted request. */
  readonly retransmissions: number;
  readonly calls: SwitchboardCounts;
  readonly dialogs: number;
  /** Dialogs that an earlier run left, ended at the start. */
  readonly left: number;
  readonly incoming: number;
  readonly outgoing: number;
  readonly applications: number;
  readonly controlRefused: number;
  readonly controlBroken: number;
  /** INVITEs not taken, by reason. */
  readonly notAdmitted: Readonly<Record<RefusalReason, number>>;
  /** INVITEs of strangers that have no ACK yet. */
  readonly strangersPending: number;
  readonly lagMs: number;
  /** Undefined without a registrar. */
  readonly registrar: RegistrarStatistics | undefined;
  readonly trunks: readonly TrunkState[];
}

export function statisticsOf(
  board: Switchboard,
  control: ControlServer,
  {
    lag,
    strangersPending,
    left,
  }: Pick<SignallingStatistics, 'strangersPending' | 'left'> & { readonly lag: Milliseconds },
): SignallingStatistics {
  const { applications, refused, broken } = control.statistics();
  const stack = board.stack.statistics();
  return {
    stack,
    malformed: malformedIn(stack),
    retransmissions: stack.retransmissionsSent,
    calls: { ...board.counts },
    dialogs: board.dialogs.size,
    left,
    incoming: board.incoming.size,
    outgoing: board.outgoing.size,
    applications,
    controlRefused: refused,
    controlBroken: broken,
    notAdmitted: { ...board.notAdmitted },
    strangersPending,
    lagMs: Math.round(lag),
    registrar: board.registrar?.statistics(),
    trunks: board.trunks.states(),
  };
}

const GRAMMAR_REFUSALS = ['400', '416', '505'];

function malformedIn({ dropped, refused }: SipStatistics): number {
  let sum = 0;
  for (const [because, n] of Object.entries(dropped)) if (because !== 'keep-alive') sum += n;
  for (const status of GRAMMAR_REFUSALS) sum += refused[status] ?? 0;
  return sum;
}
