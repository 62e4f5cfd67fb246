import type { Dialog } from '../sip/dialog/dialog.ts';
import { parseNameAddress, tagOf } from '../sip/message/name-address.ts';
import { isSipProtocol } from '../sip/message/protocol.ts';
import type { Flow } from '../sip/stack.ts';
import type { DialogReach } from './live-dialog.ts';

/**
 * What a BYE of a later run needs: of From and To the URI and the tag (RFC 3261 section 12.2.1.1), no display name; of
 * connections the address alone.
 */
interface DialogRecord {
  readonly state: Dialog;
  readonly flow?: Flow;
  readonly origin?: Flow;
  readonly lostContact?: true;
  readonly unproved?: true;
}

/** A dialog of an earlier run. */
export interface LeftDialog extends DialogReach {
  /** Its far end has not acknowledged our answer, and may have a forged address: whatever goes there goes once. */
  readonly unproved: boolean;
}

export function dialogRecord({ state, flow, origin, lostContact }: DialogReach, unproved = false): string {
  const record: DialogRecord = {
    state: {
      ...state,
      localAddress: nameless(state.localAddress),
      remoteAddress: nameless(state.remoteAddress),
    },
    ...(flow === undefined ? {} : { flow: addressOf(flow) }),
    ...(origin === undefined ? {} : { origin: addressOf(origin) }),
    ...(lostContact ? { lostContact } : {}),
    ...(unproved ? { unproved } : {}),
  };
  return JSON.stringify(record);
}

/** URI and tag of a From or To: no display name, no other parameter. */
export function nameless(address: string): string {
  const parsed = parseNameAddress(address);
  const tag = parsed === undefined ? undefined : tagOf(parsed);
  return parsed === undefined ? address : `<${parsed.uri}>${tag === undefined ? '' : `;tag=${tag}`}`;
}

export const addressOf = ({ protocol, host, port, name }: Flow): Flow => ({
  protocol,
  host,
  port,
  ...(name === undefined ? {} : { name }),
});

/** @returns undefined when the text is not a record of a dialog */
export function readDialogRecord(text: string): LeftDialog | undefined {
  let record: Partial<DialogRecord> | null;
  try {
    record = JSON.parse(text) as Partial<DialogRecord> | null;
  } catch {
    return undefined;
  }
  const { state, flow, origin, lostContact = false, unproved = false } = record ?? {};
  if (!isDialog(state) || (flow !== undefined && !isFlow(flow)) || (origin !== undefined && !isFlow(origin)))
    return undefined;
  return { state, flow, origin, lostContact, unproved };
}

const isDialog = (state: Partial<Dialog> | null | undefined): state is Dialog =>
  [state?.callId, state?.localAddress, state?.remoteAddress, state?.remoteTarget].every(isText) &&
  Number.isSafeInteger(state?.localCSeq) &&
  Array.isArray(state?.routeSet) &&
  state.routeSet.every(isText);

export const isFlow = (flow: Partial<Flow> | null | undefined): flow is Flow =>
  isSipProtocol(flow?.protocol) && isText(flow?.host) && Number.isInteger(flow?.port);

export const isText = (value: unknown): boolean => typeof value === 'string';
