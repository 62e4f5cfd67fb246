/** `listen`: nobody hears the supervisor; `whisper`: who is supervised alone; `barge`: whoever hears them, too. */
export type SupervisionMode = 'listen' | 'whisper' | 'barge';

export interface Supervisor<Member> {
  readonly member: Member;
  /** Whom they supervise. */
  readonly of: Member;
  readonly mode: SupervisionMode;
}

/** Who takes part in a conversation, and how. */
export interface Situation<Member> {
  readonly customer: Member;
  readonly agent: Member | undefined;
  /** Whom the agent has called in. */
  readonly consulted: Member | undefined;
  /** Whether the customer is in it: else they are on hold, or there is nobody. */
  readonly customerIn: boolean;
  readonly supervisors: readonly Supervisor<Member>[];
}

/** Each member's row: whom they hear. */
export type Hearing<Member> = ReadonlyMap<Member, ReadonlySet<Member>>;

/**
 * The table of who hears whom. Whoever takes part hears all others who do; a supervisor hears whom they supervise and whatever those
 * hear of others, and is heard by their mode alone.
 */
export function whoHears<Member extends object | string>({
  customer,
  agent,
  consulted,
  customerIn,
  supervisors,
}: Situation<Member>): Hearing<Member> {
  const members = [customer, agent, consulted].filter((member): member is Member => member !== undefined);
  const present = members.filter((member) => member !== customer || customerIn);
  const rows = new Map(
    members.map((member) => [
      member,
      new Set(present.includes(member) ? present.filter((other) => other !== member) : []),
    ]),
  );
  const talk = new Map([...rows].map(([member, row]) => [member, [...row]]));
  for (const { member, of } of supervisors) if (talk.has(of)) rows.set(member, new Set([of, ...(talk.get(of) ?? [])]));
  for (const { member, of, mode } of supervisors) {
    if (mode === 'listen' || !talk.has(of)) continue;
    rows.get(of)?.add(member);
    if (mode === 'barge') for (const [other, row] of rows) if (other !== member && row.has(of)) row.add(member);
  }
  return rows;
}

/** The two who hear each other when nobody else hears anybody; undefined: it is another table. */
export function pairIn<Member>(hearing: Hearing<Member>): readonly [Member, Member] | undefined {
  const hearers = [...hearing].filter(([, row]) => row.size > 0);
  const [one, other] = hearers;
  if (one === undefined || other === undefined || hearers.length > 2) return undefined;
  const mutual = one[1].size === 1 && other[1].size === 1 && one[1].has(other[0]) && other[1].has(one[0]);
  return mutual ? [one[0], other[0]] : undefined;
}
