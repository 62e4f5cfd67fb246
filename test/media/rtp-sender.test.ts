import { expect, test } from 'vitest';
import { newRtpView, parseRtp } from '../../src/rtp/packet.ts';
import { RtpSender } from '../../src/media/embedded/rtp-sender.ts';

/** The SSRC of the next packet. */
function ssrcOfNext(sender: RtpSender): number {
  const packet = sender.audio(0, false, 160);
  const view = newRtpView();
  expect(parseRtp(packet, packet.length, view)).toBe(true);
  return view.ssrc;
}

test('with another clock a stream of its own begins; the same clock again changes nothing', () => {
  const sender = new RtpSender();
  const first = ssrcOfNext(sender);
  sender.useClock(8_000);
  expect(ssrcOfNext(sender)).toBe(first);
  sender.useClock(48_000);
  const second = ssrcOfNext(sender);
  expect(second).not.toBe(first);
  sender.useClock(48_000);
  expect(ssrcOfNext(sender)).toBe(second);
  sender.useClock(8_000);
  expect([first, second]).not.toContain(ssrcOfNext(sender));
});

test('before its first packet a stream may be given any clock', () => {
  const sender = new RtpSender();
  const { ssrc } = sender;
  sender.useClock(48_000);
  expect(ssrcOfNext(sender)).toBe(ssrc);
});

test('what a leg has sent goes on counting across its streams; a sender report counts the one that is sent now', () => {
  const sender = new RtpSender();
  for (let n = 0; n < 3; n++) ssrcOfNext(sender);
  sender.restart();
  sender.restart();
  expect([sender.sent, sender.packets, sender.octets]).toEqual([3, 0, 0]);
  ssrcOfNext(sender);
  expect([sender.sent, sender.packets, sender.octets]).toEqual([4, 1, 160]);
});
