import { randomBytes } from 'node:crypto';

declare const kind: unique symbol;
type Id<K extends string> = string & { readonly [kind]: K };

/** One customer's visit, over all its legs, turns and recordings. Goes into SIP headers, the API and the agent's screen. */
export type ContactId = Id<'contact'>;
/** One SIP dialog and its media. */
export type LegId = Id<'leg'>;
/** One exchange: what the bot said and what the caller answered. `<contact>.<number>` */
export type TurnId = Id<'turn'>;
export type RecordingId = Id<'recording'>;

/**
 * A UUID of version 7 (RFC 9562 section 5.7): sorts by the time of its making.
 *
 * @param now - Unix time in milliseconds
 */
export function uuidV7(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Unix ms: when a UUID of version 7 was made. */
export const timeOfUuid = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const isUuid = (text: string): boolean => UUID.test(text);

export const newContactId = (now: number): ContactId => uuidV7(now) as ContactId;
export const newLegId = (now: number): LegId => uuidV7(now) as LegId;
export const newRecordingId = (now: number): RecordingId => uuidV7(now) as RecordingId;
export const turnId = (contact: ContactId, number: number): TurnId => `${contact}.${number}` as TurnId;
