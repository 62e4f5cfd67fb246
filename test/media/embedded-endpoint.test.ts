import { expect, test } from 'vitest';
import type { CodecName } from '../../src/domain/codec.ts';
import { localSrtp } from '../../src/media/embedded/local-srtp.ts';
import { EmbeddedEndpoint } from '../../src/media/embedded/embedded-endpoint.ts';
import type { EndpointLeg } from '../../src/media/engine/worker-endpoint.ts';
import type { LocalSrtp } from '../../src/sdp/far-audio.ts';
import { offer } from '../sdp/far-offer.ts';

/** Takes what is agreed, as the leg in its worker does. */
function place(srtp?: LocalSrtp, codecs?: readonly CodecName[]) {
  const posted: Parameters<EndpointLeg['post']>[0][] = [];
  const leg = { post: (command: (typeof posted)[number]) => void posted.push(command) } as unknown as EndpointLeg;
  const media = { host: '192.0.2.9', port: 30_000, sessionId: '77', ...(codecs === undefined ? {} : { codecs }), srtp };
  return { posted, leg, media };
}

const keys = (): LocalSrtp =>
  localSrtp({ policy: 'required', suites: ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'], keysInTheClear: true }, {});
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

test('an answer may have other payload types than our offer: what comes may have either, until the far end offers', async () => {
  const { posted, leg, media } = place(undefined, ['opus', 'PCMU']);
  const endpoint = new EmbeddedEndpoint(leg, media, {});
  expect(endpoint.localSdp).toMatch(/m=audio 30000 RTP\/AVP 96 0 101 102\r/);
  const theirs = offer(
    'm=audio 6000 RTP/AVP 111 112',
    'a=rtpmap:111 opus/48000/2',
    'a=rtpmap:112 telephone-event/48000',
  );
  await endpoint.modify(theirs);
  const types = { codec: 'opus', payloadType: 111, telephoneEvent: 112 };
  expect(posted.at(-1)).toMatchObject({ media: { ...types, offeredType: 96, eventTypes: [112, 101, 102] } });
  await endpoint.modify(theirs);
  expect(posted.at(-1)).toMatchObject({ media: { ...types, offeredType: undefined, eventTypes: [112] } });
});

test('what the answer calls its audio is audio, though our offer gave the number to keys', async () => {
  const { posted, leg, media } = place(undefined, ['opus', 'PCMU']);
  const endpoint = new EmbeddedEndpoint(leg, media, {});
  await endpoint.modify(
    offer('m=audio 6000 RTP/AVP 101 100', 'a=rtpmap:101 opus/48000/2', 'a=rtpmap:100 telephone-event/48000'),
  );
  expect(posted.at(-1)).toMatchObject({ media: { payloadType: 101, offeredType: 96, eventTypes: [100, 102] } });
});
