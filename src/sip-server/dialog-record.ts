import type { Dialog } from '../sip/dialog/dialog.ts';
import { parseNameAddress } from '../sip/message/name-address.ts';
import type { Flow } from '../sip/stack.ts';
import type { LiveDialog } from './live-dialog.ts';

/** Where a dialog's requests go. */
export type DialogReach = Pick<LiveDialog, 'state' | 'flow' | 'origin' | 'lostContact'>;

/**
 * What a BYE of a later run needs: of From and To the URI and the tag (RFC 3261 section 12.2.1.1), no display name; of
 * connections the address alone.
 */
interface DialogRecord {
  readonly state: Dialog;
  readonly flow?: Flow;
  readonly origin?: Flow;
  readonly lostContact?: true;
}

export function dialogRecord({ state, flow, origin, lostContact }: DialogReach): string {
  const record: DialogRecord = {
    state: {
      ...state,
      localAddress: nameless(state.localAddress, state.localTag),
      remoteAddress: nameless(state.remoteAddress, state.remoteTag),
    },
    ...(flow === undefined ? {} : { flow: addressOf(flow) }),
    ...(origin === undefined ? {} : { origin: addressOf(origin) }),
    ...(lostContact ? { lostContact } : {}),
  };
  return JSON.stringify(record);
}

function nameless(address: string, tag: string): string {
  const uri = parseNameAddress(address)?.uri;
  return uri === undefined ? address : `<${uri}>${tag === '' ? '' : `;tag=${tag}`}`;
}

const addressOf = ({ protocol, host, port }: Flow): Flow => ({ protocol, host, port });

/** @returns undefined when the text is no record of a dialog */
export function readDialogRecord(text: string): DialogReach | undefined {
  let record: Partial<DialogRecord> | null;
  try {
    record = JSON.parse(text) as Partial<DialogRecord> | null;
  } catch {
    return undefined;
  }
  const { state, flow, origin, lostContact = false } = record ?? {};
  if (!isDialog(state) || (flow !== undefined && !isFlow(flow)) || (origin !== undefined && !isFlow(origin)))
    return undefined;
  return { state, flow, origin, lostContact };
}

const isDialog = (state: Partial<Dialog> | null | undefined): state is Dialog =>
  [state?.callId, state?.localAddress, state?.remoteAddress, state?.remoteTarget].every(isText) &&
  Number.isSafeInteger(state?.localCSeq) &&
  Array.isArray(state?.routeSet) &&
  state.routeSet.every(isText);

const isFlow = (flow: Partial<Flow> | null): boolean =>
  (flow?.protocol === 'UDP' || flow?.protocol === 'TCP') && isText(flow.host) && Number.isInteger(flow.port);

const isText = (value: unknown): boolean => typeof value === 'string';
