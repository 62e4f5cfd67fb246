import { expect, test } from 'vitest';
import { localSrtp } from '../../src/media/embedded/local-srtp.ts';
import { EmbeddedEndpoint } from '../../src/media/embedded/embedded-endpoint.ts';
import type { EndpointLeg } from '../../src/media/engine/worker-endpoint.ts';
import type { LocalSrtp } from '../../src/sdp/far-audio.ts';
import { offer } from '../sdp/far-offer.ts';

/** Takes what is agreed, as the leg in its worker does. */
function place(srtp?: LocalSrtp) {
  const posted: Parameters<EndpointLeg['post']>[0][] = [];
  const leg = { post: (command: (typeof posted)[number]) => void posted.push(command) } as unknown as EndpointLeg;
  const media = { host: '192.0.2.9', port: 30_000, sessionId: '77', srtp };
  return { posted, leg, media };
}

const keys = (): LocalSrtp =>
  localSrtp(
    { policy: 'required', suites: ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'], keysInTheClear: true },
    {},
  );
const wiped = ({ keys: ours }: LocalSrtp): boolean[] =>
  ours.map(({ keying }) => keying.every((octet: number) => octet === 0));

test('keys are wiped when the far end is refused, and when the endpoint is released', async () => {
  const [refused, released] = [keys(), keys()];
  const { leg, media } = place(refused);
  expect(() => new EmbeddedEndpoint(leg, media, { remoteSdp: offer('m=audio 6000 RTP/AVP 0') })).toThrow(
    expect.objectContaining({ code: 'NO_COMMON_CODEC' }),
  );
  expect(wiped(refused)).toEqual([true, true]);
  const endpoint = new EmbeddedEndpoint(leg, { ...media, srtp: released }, {});
  expect(wiped(released)).toEqual([false, false]);
  await endpoint.release();
  expect(wiped(released)).toEqual([true, true]);
});
