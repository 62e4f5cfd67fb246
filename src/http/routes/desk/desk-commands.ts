import { Type, type TSchema } from 'typebox';
import type { AgentDesks } from '../../../agents/agent-desk.ts';
import type { ContactId } from '../../../domain/ids.ts';
import type { WallMs } from '../../../domain/units.ts';

/* The commands of the desk: what each takes, and what it does. */

const strict = { additionalProperties: false } as const;
const UnixMs = Type.Unsafe<WallMs>(Type.Integer({ minimum: 0 }));
const text = (maxLength: number, minLength = 1) => Type.String({ minLength, maxLength });
const Name = text(80);
const Contact = text(36);
const Answer = Type.Object({ entry: text(64), fence: Type.Integer({ minimum: 0 }) }, strict);
const To = Type.Object(
  {
    to: Type.Union([
      Type.Object({ queue: Name }, strict),
      Type.Object({ agent: Name }, strict),
      Type.Object({ number: Type.String({ pattern: '^\\+?[0-9]{2,20}$' }) }, strict),
    ]),
  },
  strict,
);

/** `until`: Unix ms. */
export const CallbackOrderBody = Type.Union([
  Type.Object({ do: Type.Literal('now') }, strict),
  Type.Object({ do: Type.Literal('cancel') }, strict),
  Type.Object({ do: Type.Literal('postpone'), until: UnixMs }, strict),
]);

const MOST_NOTES = 2_000;
const MOST_TICKET = 4_000;

export const BODIES = {
  'sign-in': Type.Object(
    {
      device: Type.Union([Type.Literal('browser'), Type.Literal('telephone')]),
      queues: Type.Array(Name, { minItems: 1, maxItems: 50 }),
    },
    strict,
  ),
  'sign-out': Type.Object({}, strict),
  state: Type.Object(
    { state: Type.Union([Type.Literal('available'), Type.Literal('break')]), reason: Type.Optional(Name) },
    strict,
  ),
  accept: Answer,
  decline: Answer,
  hold: Type.Object({ held: Type.Boolean() }, strict),
  'hang-up': Type.Object({}, strict),
  'pause-recording': Type.Object({ paused: Type.Boolean() }, strict),
  transfer: To,
  consult: To,
  conference: Type.Object({}, strict),
  'complete-transfer': Type.Object({}, strict),
  'end-consult': Type.Object({}, strict),
  'return-to-bot': Type.Object({ purpose: Type.Union([Type.Literal('verify'), Type.Literal('satisfaction')]) }, strict),
  'end-verification': Type.Object({}, strict),
  'wrap-up': Type.Object({ contact: Contact, reason: Name, notes: text(MOST_NOTES, 0) }, strict),
  'book-callback': Type.Object(
    {
      at: UnixMs,
      number: Type.Optional(Type.String({ pattern: '^\\+?[0-9]{3,15}$' })),
    },
    strict,
  ),
  callback: Type.Object({ entry: text(64), order: CallbackOrderBody }, strict),
  ticket: Type.Object({ contact: Contact, department: Name, text: text(MOST_TICKET) }, strict),
} as const satisfies Readonly<Record<string, TSchema>>;

export type DeskCommand = keyof typeof BODIES;
type Given = { readonly [C in DeskCommand]: Type.Static<(typeof BODIES)[C]> };
export type Work = { readonly [C in DeskCommand]: (agent: string, given: Given[C]) => Promise<unknown> };

export const workOf = (desks: AgentDesks): Work => ({
  'sign-in': (agent, { device, queues }) => desks.signIn(agent, device, queues),
  'sign-out': (agent) => desks.signOut(agent),
  state: (agent, { state, reason }) => desks.choose(agent, state, reason),
  accept: (agent, { entry, fence }) => desks.accept(agent, entry, fence),
  decline: (agent, { entry, fence }) => desks.decline(agent, entry, fence),
  hold: (agent, { held }) => desks.hold(agent, held),
  'hang-up': (agent) => desks.hangUp(agent),
  'pause-recording': (agent, { paused }) => desks.pauseRecording(agent, paused),
  transfer: (agent, { to }) => desks.transfer(agent, to),
  consult: (agent, { to }) => desks.consult(agent, to),
  conference: (agent) => desks.conference(agent),
  'complete-transfer': (agent) => desks.completeTransfer(agent),
  'end-consult': (agent) => desks.endConsult(agent),
  'return-to-bot': (agent, { purpose }) => desks.returnToBot(agent, purpose),
  'end-verification': (agent) => desks.endVerification(agent),
  'wrap-up': (agent, { contact, ...rest }) => desks.wrapUp(agent, { contact: contact as ContactId, ...rest }),
  'book-callback': (agent, appointment) => desks.bookCallback(agent, appointment),
  callback: (agent, { entry, order }) => desks.orderCallback(agent, entry, order),
  ticket: (agent, { contact, ...rest }) => desks.openTicket(agent, { contact: contact as ContactId, ...rest }),
});
