import { asError, IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import {
  type ControlAddress,
  closeSrf,
  connectSrf,
  newSrf,
  type SrfApplication,
  type SrfDialog,
  type SrfRequest,
  statusOf,
} from '../../drachtio/drachtio-srf.ts';
import { requestInside } from '../../drachtio/request-inside.ts';
import { within } from '../../lib/deadline.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import type { FsmrfDialog, FsmrfSrf } from './drachtio-fsmrf.ts';

/** Correlates fsmrf's INVITE with the endpoint that asked for it; FreeSWITCH keeps it as a channel variable. */
export const ENDPOINT_HEADER = 'X-Tellerline-Endpoint';

const CONNECT_LIMIT = ms(5_000);

interface Control {
  readonly srf: SrfApplication;
  up: boolean;
  /** Its trouble has been told. */
  told: boolean;
  /** Of the INVITEs under way: called when the connection is lost. */
  readonly inviting: Set<() => void>;
}

const isDialog = (value: unknown): value is FsmrfDialog =>
  typeof value === 'object' && value !== null && 'modify' in value && 'destroy' in value;
const isSrfDialog = (value: unknown): value is SrfDialog => isDialog(value) && 'agent' in value && 'local' in value;

/**
 * The control connections that INVITEs to FreeSWITCH go through. They are this adapter's own and take no calls. A lost one
 * is connected again for ever; what was under way on it fails.
 */
export class ControlConnections implements FsmrfSrf {
  readonly #controls: Control[] = [];
  readonly #signals = new Map<string, AbortSignal>();
  readonly #logger: Logger;
  #turn = 0;
  #closed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @throws IvrError CONTROL_PROTOCOL when none can be connected, CONTROL_SECRET_REFUSED */
  async start(addresses: readonly ControlAddress[]): Promise<void> {
    const first = Promise.any(addresses.map((address) => this.#connect(address)));
    try {
      await within(first, CONNECT_LIMIT, 'connecting to the SIP server');
    } catch (thrown) {
      this.close();
      const where = addresses.map(({ host, port }) => `${host}:${port}`).join(', ');
      const cause = thrown instanceof AggregateError ? asError(thrown.errors[0]) : thrown;
      if (cause instanceof IvrError && cause.code === 'CONTROL_SECRET_REFUSED') throw cause;
      throw new IvrError(
        'CONTROL_PROTOCOL',
        `no SIP server accepted the media server's connection: ${where}`,
        {},
        cause,
      );
    }
  }

  get up(): boolean {
    return this.#controls.some((control) => control.up);
  }

  get states(): readonly boolean[] {
    return this.#controls.map(({ up }) => up);
  }

  /** An INVITE with that value in ENDPOINT_HEADER is cancelled when `signal` aborts. */
  expect(endpoint: string, signal: AbortSignal): () => void {
    this.#signals.set(endpoint, signal);
    return () => this.#signals.delete(endpoint);
  }

  /** For fsmrf. Settles when the final response has come, even after its cancellation, or when the connection is lost. */
  createUAC(...[uri, options]: Parameters<FsmrfSrf['createUAC']>): Promise<FsmrfDialog> {
    const control = this.#next();
    if (control === undefined) return Promise.reject(new IvrError('CONTROL_PROTOCOL', 'no connection to a SIP server'));
    const signal = this.#signals.get(options.headers[ENDPOINT_HEADER] ?? '');
    const { localSdp, headers } = options;
    return new Promise((resolve, reject) => {
      let sent: SrfRequest | undefined;
      const cancel = (): void => {
        try {
          sent?.cancel(() => undefined);
        } catch {
          // its final response has come
        }
      };
      const lose = (): void =>
        settle(() => reject(new IvrError('CONTROL_PROTOCOL', 'the connection to the SIP server was lost')));
      const settle = (how: () => void): void => {
        control.inviting.delete(lose);
        signal?.removeEventListener('abort', cancel);
        how();
      };
      control.inviting.add(lose);
      signal?.addEventListener('abort', cancel);
      try {
        offerless(control.srf).createUAC(
          uri,
          { headers, ...(localSdp === undefined ? {} : { localSdp }) },
          {
            cbRequest(_error, request) {
              sent = request;
              if (signal?.aborted === true) cancel();
            },
            cbProvisional: () => undefined,
          },
          (error, dialog) =>
            settle(() => {
              if (isDialog(dialog) && isSrfDialog(dialog)) resolve(modifiable(forgiving(dialog), dialog));
              else reject(refusal(error));
            }),
        );
      } catch (thrown) {
        settle(() => reject(asError(thrown)));
      }
    });
  }

  close(): void {
    this.#closed = true;
    for (const control of this.#controls) {
      closeSrf(control.srf);
      this.#lose(control);
    }
  }

  #next(): Control | undefined {
    const up = this.#controls.filter((control) => control.up);
    return up[this.#turn++ % Math.max(1, up.length)];
  }

  #lose(control: Control): void {
    control.up = false;
    for (const lose of control.inviting) lose();
  }

  /** Resolves with the first connection; rejects when the server refuses or cannot be reached (which is tried on). */
  #connect({ host, port, secret }: ControlAddress): Promise<void> {
    const srf = newSrf();
    const control: Control = { srf, up: false, told: false, inviting: new Set() };
    this.#controls.push(control);
    const first = deferred<void>();
    first.promise.catch(() => undefined);
    srf
      .on('connect', (error) => {
        if (error !== null && error !== undefined) {
          this.#logger.error({ host, port }, 'the SIP server refused the media server’s secret');
          return first.reject(
            new IvrError(
              'CONTROL_SECRET_REFUSED',
              `the SIP server ${host}:${port} refuses our secret (signalling.secret or signalling.secret_file)`,
              { host, port },
            ),
          );
        }
        control.up = true;
        control.told = false;
        first.resolve();
      })
      .on('error', (error) => {
        if (!this.#closed && !control.told)
          this.#logger.warn(
            { host, port, error: error.message },
            'media: the SIP server cannot be reached; connecting again until it is up',
          );
        control.told = true;
        first.reject(error);
      })
      .on('close', () => {
        if (control.up && !this.#closed) this.#logger.warn({ host, port }, 'media: connection to the SIP server lost');
        this.#lose(control);
      })
      .on('reconnecting', () => this.#lose(control));
    connectSrf(srf, { host, port, secret }, (error) =>
      this.#logger.error({ host, port }, 'media: a message from the SIP server was dropped', error),
    );
    return first.promise;
  }
}

interface OfferlessSrf {
  createUAC(
    uri: string,
    options: { readonly localSdp?: string; readonly headers: Readonly<Record<string, string>> },
    progress: {
      readonly cbRequest: (error: unknown, sent?: SrfRequest) => void;
      readonly cbProvisional: () => void;
    },
    done: (error: unknown, dialog?: unknown) => void,
  ): unknown;
}

/** Without our description FreeSWITCH makes the offer; its declaration leaves that out. */
const offerless = (srf: object): OfferlessSrf => srf as OfferlessSrf;

/** fsmrf hangs up without minding a rejection, which would be nobody's. */
function forgiving(dialog: FsmrfDialog): FsmrfDialog {
  const destroy = dialog.destroy.bind(dialog);
  dialog.destroy = async (...options) => {
    const done = options.some((option) => typeof option === 'function');
    if (done) return destroy(...options);
    return await destroy(...options).catch(() => undefined);
  };
  return dialog;
}

/** srf's own `modify` waits for ever before the next re-INVITE when one was refused. */
function modifiable(dialog: FsmrfDialog, raw: SrfDialog): FsmrfDialog {
  let before: Promise<unknown> = Promise.resolve();
  dialog.modify = (sdp) => {
    const answered = before.then(() => reInvite(raw, sdp));
    before = answered.catch(() => undefined);
    return answered;
  };
  return dialog;
}

const reInvite = (dialog: SrfDialog, sdp: string): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    dialog.local.sdp = sdp; // what srf answers FreeSWITCH's own re-INVITEs with
    requestInside(dialog, {
      method: 'INVITE',
      body: sdp,
      onFinal: ({ status, body }) => (status < 300 ? resolve(body) : reject(refused(status))),
      onUnsent: reject,
    });
  });

const refused = (status: number): IvrError => new IvrError('SIP_REJECTED', `FreeSWITCH answered ${status}`, { status });

function refusal(error: unknown): Error {
  const status = statusOf(error);
  return status === undefined ? asError(error) : refused(status);
}
