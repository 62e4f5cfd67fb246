import { asError } from '../domain/error.ts';
import type { SrfDialog, SrfRequest, SrfResponse } from './drachtio-srf.ts';
import { plainHeaders } from './plain-headers.ts';

export interface InsideRequest {
  readonly method: 'INVITE' | 'NOTIFY' | 'REFER';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Once the server has sent it. */
  readonly onSent?: (sent: SrfRequest) => void;
  /** The final response; an INVITE's 2xx has been acknowledged. Not called when the connection to the server is lost. */
  readonly onFinal: (res: SrfResponse) => void;
  /** In place of `onFinal`: the server did not send it. */
  readonly onUnsent: (error: Error) => void;
}

/**
 * Sends a request within the dialog. By callbacks, since the server's next message may follow at once: a refusal by the
 * end of the dialog.
 *
 * Not by `dialog.modify`, which after one refusal waits for ever before the next re-INVITE, nor by `dialog.request`,
 * which sends an ACK of its own for refusals too.
 */
export function requestInside(dialog: SrfDialog, request: InsideRequest): void {
  const { method, headers = {}, body, onSent, onFinal, onUnsent } = request;
  const { contact } = dialog.local;
  const onResponse = (res: SrfResponse, acknowledge: () => void): void => {
    if (res.status < 200) return;
    try {
      if (method === 'INVITE' && res.status < 300) acknowledge();
    } catch {
      // the connection is lost, and with it the dialog
    }
    onFinal(res);
  };
  try {
    dialog.agent.request(
      {
        method,
        stackDialogId: dialog.id,
        headers: plainHeaders({ ...(contact === undefined ? {} : { Contact: contact }), ...headers }),
        ...(body === undefined ? {} : { body }),
        _socket: dialog.socket,
      },
      (error, sent) => {
        if (sent === undefined) {
          onUnsent(asError(error));
          return;
        }
        sent.on('response', onResponse);
        onSent?.(sent);
      },
    );
  } catch (thrown) {
    onUnsent(asError(thrown));
  }
}
