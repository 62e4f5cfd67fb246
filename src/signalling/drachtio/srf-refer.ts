import { isUnknownDialog, type SrfDialog, type SrfRequest, type SrfResponse } from '../../drachtio/drachtio-srf.ts';
import { requestInside } from '../../drachtio/request-inside.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Headers, ReferOptions, ReferOutcome } from '../signalling.ts';

export interface Referring {
  readonly outcome: Promise<ReferOutcome>;
  /** A NOTIFY of the dialog, with `Event: refer`. */
  notified(notify: SrfRequest): void;
  /** The call is over: there will be no more NOTIFYs. */
  abandon(): void;
}

const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d)(?: |\r|\n|$)/;

/** The status that a message/sipfrag body tells (RFC 3515 section 2.4.5); undefined when it tells none. */
export function statusOfFragment(body: string | undefined): number | undefined {
  const found = STATUS_LINE.exec(body?.trimStart() ?? '');
  return found === null ? undefined : Number(found[1]);
}

export const isReferEvent = (event: string | undefined): boolean =>
  event?.split(';', 1)[0]?.trim().toLowerCase() === 'refer';

const idOf = (event: string | undefined): string | undefined => /;\s*id\s*=\s*([^;\s]+)/i.exec(event ?? '')?.[1];

const inBrackets = (uri: string): string => (uri.includes('<') ? uri : `<${uri}>`);

/** @param onDead - the dialog is dead: the far end or the server does not know it */
export function refer(
  dialog: SrfDialog,
  uri: string,
  options: ReferOptions,
  clock: Clock,
  onDead: () => void,
): Referring {
  let over = false;
  let stop: () => void = () => undefined;
  /** Of the REFER; NOTIFYs of an earlier one carry another (RFC 3515 section 2.4.6). */
  let number: string | undefined;
  let lastStatus: number | undefined;
  let resolve: ((outcome: ReferOutcome) => void) | undefined;
  const outcome = new Promise<ReferOutcome>((onResolve) => {
    resolve = onResolve;
  });

  const finish = (result: ReferOutcome): void => {
    if (over) return;
    over = true;
    stop();
    resolve?.(result);
  };
  const wait = (): void => {
    stop();
    stop = clock.after(options.timeout, () => finish({ outcome: 'refused', status: 408 }));
  };

  const onFinal = ({ status }: SrfResponse): void => {
    if (status < 300) return;
    const dead = !over && (status === 408 || status === 481);
    finish({ outcome: 'refused', status });
    if (dead) onDead();
  };
  const onUnsent = (error: Error): void => {
    const dead = !over && isUnknownDialog(error);
    finish({ outcome: 'refused', status: dead ? 481 : 503 });
    if (dead) onDead();
  };

  wait();
  const contact = /<[^>]+>/.exec(dialog.local.contact ?? '')?.[0];
  const headers: Headers = {
    'Refer-To': inBrackets(uri.trim()),
    ...(contact === undefined ? {} : { 'Referred-By': contact }),
    ...options.headers,
  };
  requestInside(dialog, {
    method: 'REFER',
    headers,
    onSent: (sent) => {
      number = sent.get('cseq')?.trim().split(/\s+/, 1)[0];
    },
    onFinal,
    onUnsent,
  });

  return {
    outcome,
    notified(notify) {
      const id = idOf(notify.get('event'));
      if (over || (id !== undefined && number !== undefined && id !== number)) return;
      const status = statusOfFragment(notify.body);
      if (status !== undefined && status >= 200) {
        finish({ outcome: status < 300 ? 'referred' : 'refused', status });
        return;
      }
      if (/^\s*terminated\b/i.test(notify.get('subscription-state') ?? '')) {
        // it will not say how its call went
        finish({ outcome: 'refused', status: status ?? lastStatus ?? 408 });
        return;
      }
      // the same again is not progress, or waiting would have no end
      if (status === undefined || status === lastStatus) return;
      lastStatus = status;
      wait();
    },
    abandon: () => finish({ outcome: 'refused', status: 487 }),
  };
}
