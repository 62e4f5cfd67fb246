import type { AgentCell, QueueCell } from './kpi-cells.ts';

/** A number with the formula that it was computed by; null: nothing to divide by. */
export interface Kpi {
  readonly name: string;
  readonly formula: string;
}

type Formulas<C> = readonly (Kpi & { readonly of: (cell: C) => number | null })[];

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const offered = ({ joined, short_abandoned, callbacks }: QueueCell): number => joined - short_abandoned - callbacks;
const busy = ({ talk_ms, hold_ms, wrap_up_ms }: QueueCell | AgentCell): number => talk_ms + hold_ms + wrap_up_ms;

/** The KPIs of a queue by the standard of remote banking. */
export const QUEUE_KPIS: Formulas<QueueCell> = [
  { name: 'offered', formula: 'joined − short abandoned − callbacks', of: offered },
  { name: 'answer_rate', formula: 'answered / offered', of: (c) => share(c.answered, offered(c)) },
  {
    name: 'service_level',
    formula: 'answered within the limit / offered',
    of: (c) => share(c.answered_within, offered(c)),
  },
  {
    name: 'average_speed_of_answer_ms',
    formula: 'wait of those answered / answered',
    of: (c) => share(c.wait_ms, c.answered),
  },
  {
    name: 'average_handle_time_ms',
    formula: '(talk + hold + wrap-up) / handled',
    of: (c) => share(busy(c), c.handled),
  },
  {
    name: 'abandon_rate',
    formula: '(abandoned − short abandoned) / offered',
    of: (c) => share(c.abandoned - c.short_abandoned, offered(c)),
  },
  {
    name: 'first_contact_resolution',
    formula: '(answered known customers − those who came again within 7 days) / answered known customers',
    of: (c) => share(c.known - c.came_again, c.known),
  },
  {
    name: 'satisfaction',
    formula: 'sum of scores / answers',
    of: (c) => share(c.satisfaction_sum, c.satisfaction_answers),
  },
  {
    name: 'satisfaction_response_rate',
    formula: 'answers / handled',
    of: (c) => share(c.satisfaction_answers, c.handled),
  },
  {
    name: 'callback_rate',
    formula: 'callbacks reached / callbacks',
    of: (c) => share(c.callbacks_reached, c.callbacks),
  },
  {
    name: 'average_time_to_callback_ms',
    formula: 'time from asking to being reached / callbacks reached',
    of: (c) => share(c.callback_ms, c.callbacks_reached),
  },
];

export const AGENT_KPIS: Formulas<AgentCell> = [
  {
    name: 'average_handle_time_ms',
    formula: '(talk + hold + wrap-up) / handled',
    of: (c) => share(busy(c), c.handled),
  },
  {
    name: 'occupancy',
    formula: '(talk + hold + wrap-up) / (signed-in time − breaks)',
    of: (c) => share(busy(c), c.signed_in_ms - c.break_ms),
  },
  {
    name: 'satisfaction',
    formula: 'sum of scores / answers',
    of: (c) => share(c.satisfaction_sum, c.satisfaction_answers),
  },
  {
    name: 'satisfaction_response_rate',
    formula: 'answers / handled',
    of: (c) => share(c.satisfaction_answers, c.handled),
  },
];

/** @returns the KPIs by their names */
export const kpisOf = <C>(cell: C, formulas: Formulas<C>): Readonly<Record<string, number | null>> =>
  Object.fromEntries(formulas.map(({ name, of }) => [name, of(cell)]));
