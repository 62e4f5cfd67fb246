import { asError, IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import { deferred } from '../../lib/deferred.ts';
import { sharedAborter } from '../../lib/shared-aborter.ts';
import { type EslConnection, newEventSocket } from './drachtio-fsmrf.ts';

export interface EventSocketAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

/**
 * One connection to a FreeSWITCH's event socket. It is never used again after it was lost: modesl's answers are off by
 * one from then on.
 */
export class EventSocket {
  readonly connection: EslConnection;
  readonly #lost = sharedAborter();
  readonly #socket: EslConnection['socket'];

  private constructor(connection: EslConnection) {
    this.connection = connection;
    this.#socket = connection.socket;
  }

  /** @throws IvrError MEDIA_SERVER_LOST with what is wrong */
  static async open({ host, port, secret }: EventSocketAddress, limit: Milliseconds): Promise<EventSocket> {
    const ready = deferred<void>();
    const refuse = (because: string) => () => ready.reject(new IvrError('MEDIA_SERVER_LOST', because, { host, port }));
    const connection = newEventSocket(host, port, secret, () => ready.resolve());
    const opened = new EventSocket(connection);
    connection.on('error', (error) => {
      const { message } = asError(error);
      ready.reject(new IvrError('MEDIA_SERVER_LOST', `its event socket cannot be reached: ${message}`, { host, port }));
      opened.#lost.abort();
    });
    connection.on('esl::event::auth::fail', refuse('its event socket refuses our secret'));
    connection.on('esl::event::raw::text/rude-rejection', refuse('its event socket refuses our address (ACL)'));
    // before fsmrf's own listener, which writes to the console
    connection.on('esl::end', () => {
      refuse('its event socket closed the connection')();
      opened.#lost.abort();
    });
    try {
      await within(ready.promise, limit, 'connecting to FreeSWITCH');
      return opened;
    } catch (thrown) {
      opened.close();
      throw thrown instanceof IvrError && thrown.code === 'MEDIA_SERVER_LOST'
        ? thrown
        : new IvrError('MEDIA_SERVER_LOST', 'its event socket does not answer', { host, port }, thrown);
    }
  }

  /** Aborts when the connection ends. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** @throws IvrError DEADLINE_EXCEEDED, CANCELLED when the connection ends first */
  api(command: string, limit: Milliseconds, what: string): Promise<string> {
    if (this.#lost.signal.aborted) return Promise.reject(new IvrError('CANCELLED', `${what}: no event socket`));
    const answer = new Promise<string>((resolve) => this.connection.api(command, (event) => resolve(event.getBody())));
    return within(answer, limit, what, this.#lost.signal);
  }

  close(): void {
    this.#lost.abort();
    this.#socket?.destroy();
  }
}
