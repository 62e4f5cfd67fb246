import type { Counting, Instruments } from './instruments.ts';

type Counted =
  | 'call-offered'
  | 'call-rejected'
  | 'call-answered'
  | 'call-ended'
  | 'held'
  | 'person-requested'
  | 'transfer-ended'
  | 'trouble';

/** Calls from INVITE to their end: offered, answered, refused, held, transferred. */
export function callMetrics({ counter, histogram }: Instruments): Counting<Counted> {
  const offered = counter('calls_offered_total', 'Calls offered (INVITEs that became a contact)');
  const answered = counter('calls_answered_total', 'Calls answered');
  const rejected = counter('calls_rejected_total', 'Calls refused, by SIP status', ['status']);
  const ended = counter('calls_ended_total', 'Calls ended, by reason', ['because']);
  const duration = histogram(
    'call_duration_seconds',
    'Time from INVITE to the end of the call',
    [5, 15, 30, 60, 120, 300, 600, 1800],
  );
  const setup = histogram(
    'call_setup_seconds',
    'Time from the INVITE to the ACK of the 200',
    [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
  );
  const holds = counter('holds_total', 'Times a leg was put on hold');
  const persons = counter('person_requested_total', 'Callers transferred to a person, by cause', ['because']);
  const transfers = counter('transfers_total', 'Transfers, by outcome', ['outcome']);
  const troubles = counter('troubles_total', 'Failures inside calls, by error code', ['code']);

  return {
    'call-offered': () => offered.inc(),
    'call-rejected': ({ status }) => rejected.inc({ status }),
    'call-answered'({ setup_ms }) {
      answered.inc();
      setup.observe(setup_ms / 1000);
    },
    'call-ended'({ because, duration_ms }) {
      ended.inc({ because });
      duration.observe(duration_ms / 1000);
    },
    held: () => holds.inc(),
    'person-requested': ({ because }) => persons.inc({ because }),
    'transfer-ended': ({ outcome }) => transfers.inc({ outcome }),
    trouble: ({ code }) => troubles.inc({ code }),
  };
}
