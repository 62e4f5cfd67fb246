import type { Milliseconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { signature } from '../lib/signed-request.ts';

/** Who takes codes or approvals from us. */
export interface SignedEndpoint {
  /** https, or this machine. */
  readonly url: string;
  readonly token: string;
  readonly secret: string;
}

/**
 * POST of JSON with a bearer token and a signature of the body in X-Signature. Of the answer only its status is of interest.
 *
 * @throws what fetch throws
 */
export async function postSigned(
  { url, token, secret }: SignedEndpoint,
  body: string,
  timeout: Milliseconds,
  clock: Pick<Clock, 'wall'>,
  signal: AbortSignal,
): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'x-signature': signature(body, secret, clock.wall()),
    },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
  });
  await response.body?.cancel();
  return response;
}
