import { type Static, Type } from 'typebox';
import { entryName } from './read-table.ts';

/* The form of queues.file. Durations are whole seconds. */

const strict = { additionalProperties: false };
/** As staff accounts are named. */
const agentName = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' });
const level = Type.Integer({ minimum: 0, maximum: 100 });
const skills = Type.Record(entryName, level);
const priority = Type.Optional(Type.Number({ minimum: -1_000, maximum: 1_000 }));
const seconds = (minimum: number, maximum: number) => Type.Optional(Type.Integer({ minimum, maximum }));
const HOUR = 3_600;

const RingSchema = Type.Object(
  {
    after_s: seconds(0, 24 * HOUR),
    least_level: Type.Optional(level),
    skills_less: Type.Optional(level),
    any_language: Type.Optional(Type.Boolean()),
  },
  strict,
);
const OverflowSchema = Type.Object(
  {
    to: entryName,
    after_s: seconds(1, 24 * HOUR),
    when: Type.Optional(Type.Array(Type.Enum(['full', 'closed', 'emergency', 'unstaffed']), { maxItems: 4 })),
  },
  strict,
);
const CallbackOfferSchema = Type.Object(
  {
    after_s: seconds(0, 24 * HOUR),
    expected_s: seconds(1, 24 * HOUR),
    when: Type.Optional(Type.Array(Type.Enum(['full', 'closed', 'unstaffed']), { maxItems: 3 })),
  },
  strict,
);
const CallbackSchema = Type.Object(
  {
    offer: Type.Optional(CallbackOfferSchema),
    most: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
    ring_s: seconds(5, 120),
    attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
    retry_s: seconds(10, 24 * HOUR),
  },
  strict,
);
const QueueSchema = Type.Object(
  {
    priority,
    ageing_per_minute: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000 })),
    rings: Type.Optional(Type.Array(RingSchema, { minItems: 1, maxItems: 16 })),
    strategy: Type.Optional(Type.Enum(['most-skilled', 'longest-idle'])),
    capacity: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
    hours: Type.Optional(entryName),
    overflow: Type.Optional(OverflowSchema),
    wait_unstaffed: Type.Optional(Type.Boolean()),
    offer_s: seconds(5, 120),
    declined_s: seconds(0, HOUR),
    not_answering_s: seconds(0, 24 * HOUR),
    wrap_up_s: seconds(0, HOUR),
    keep_place_s: seconds(0, 24 * HOUR),
    last_agent_s: seconds(0, HOUR),
    callback: Type.Optional(CallbackSchema),
    answer_within_s: seconds(1, HOUR),
    handling_s: seconds(1, 4 * HOUR),
  },
  strict,
);
const ProblemSchema = Type.Object({ priority, skills: Type.Optional(skills) }, strict);
const AgentSchema = Type.Object(
  {
    queues: Type.Record(entryName, level),
    skills: Type.Optional(skills),
    languages: Type.Optional(Type.Array(Type.String({ pattern: '^[a-z]{2,3}$' }), { maxItems: 16 })),
    telephone: Type.Optional(Type.String({ pattern: '^sips?:[^\\s@]+@[^\\s@]+$' })),
  },
  strict,
);
const DepartmentSchema = Type.Object({ answer_within_minutes: Type.Integer({ minimum: 1, maximum: 525_600 }) }, strict);
const reasons = Type.Optional(
  Type.Array(Type.String({ minLength: 1, maxLength: 80 }), { minItems: 1, maxItems: 50, uniqueItems: true }),
);
export const QueuesSchema = Type.Object(
  {
    bank: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z]{2,3}$' }), Type.String({ minLength: 1, maxLength: 80 })),
    ),
    default: Type.Optional(entryName),
    sign_out_after_s: seconds(5, HOUR),
    queues: Type.Record(entryName, QueueSchema),
    classes: Type.Optional(Type.Record(entryName, Type.Number({ minimum: -1_000, maximum: 1_000 }))),
    problems: Type.Optional(Type.Record(entryName, ProblemSchema)),
    agents: Type.Optional(Type.Record(agentName, AgentSchema)),
    break_reasons: reasons,
    wrap_up_reasons: reasons,
    departments: Type.Optional(Type.Record(entryName, DepartmentSchema)),
  },
  strict,
);

export type QueuesFile = Static<typeof QueuesSchema>;
export type QueueEntry = QueuesFile['queues'][string];
