import { boolean, constantFrom, nat, oneof, record, sample, tuple, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { newLegId } from '../../src/domain/ids.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { contact, type Line, never, Studio, turn } from './studio.ts';

test('legs spread over the workers, and near ones stay together', async () => {
  await using studio = await Studio.open({ workers: 2 });
  const a = await studio.line();
  const b = await studio.line();
  const c = await studio.line({ near: a });
  expect(() => a.endpoint.bridge(c.endpoint)).not.toThrow();
  expect(() => a.endpoint.bridge(b.endpoint)).toThrow(/media worker/);
});

test('a worker that dies fails its endpoints and is replaced; the new one has its lines', async () => {
  const logged: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_facts, message) => logged.push(message) };
  await using studio = await Studio.open({ workers: 2 }, logger);
  const lines = [await studio.line(), await studio.line()];
  const victim = lines[0]!;
  crash(victim);
  expect(await victim.event('failed')).toEqual({ type: 'failed', code: 'MEDIA_WORKER_LOST' });
  expect((await studio.server.statistics()).workersReplaced).toBe(1);
  expect(logged).toHaveLength(1);
  await lines[1]!.peer.press('1');
  expect((await lines[1]!.event('digit')).digit).toBe('1');
  expect(lines[1]!.all('failed')).toEqual([]);
  const playback = victim.endpoint.play({ turn, clips: [studio.speech.tone('never', 400, 160)], bargeIn: 'none' });
  expect(await victim.event('playback-finished')).toMatchObject({ playback, because: 'failed' });
  await expect(victim.endpoint.modify(victim.peer.sdp())).rejects.toMatchObject({ code: 'ENDPOINT_CLOSED' });
  await expect(
    studio.server.createEndpoint({ leg: newLegId(Date.now()), contact, listen: false, near: victim.endpoint }, never),
  ).rejects.toMatchObject({
    code: 'MEDIA_WORKER_LOST',
  });
  await victim.endpoint.close();
  await using third = await Studio.open(); // and elsewhere nothing happened
  expect((await third.server.statistics()).endpoints).toBe(0);
  const born: Line[] = [];
  for (let i = 0; i < 3; i++) born.push(await studio.line());
  for (const line of born) {
    line.endpoint.play({ turn, clips: [studio.speech.tone('again', 400, 160)], bargeIn: 'none' });
    expect((await line.event('playback-finished')).because).toBe('end');
  }
});

/** A mistake inside the worker: what an unforeseen message does to it. */
function crash(line: Line): void {
  const { worker } = line.endpoint as unknown as { worker: { post: (message: unknown) => void } };
  worker.post({ type: 'channel', to: 'speech', port: 'no port' });
}

test('two hundred endpoints come and go, and nothing of them stays', async () => {
  await using studio = await Studio.open();
  const peer = await studio.peer();
  for (let round = 0; round < 4; round++) {
    const endpoints = await Promise.all(
      Array.from({ length: 50 }, () =>
        studio.server.createEndpoint(
          { leg: newLegId(Date.now()), contact, listen: false, remoteSdp: peer.sdp() },
          new AbortController().signal,
        ),
      ),
    );
    expect((await studio.server.statistics()).endpoints).toBe(50);
    await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  }
  await studio.settled();
  const statistics = await studio.server.statistics();
  expect(statistics.endpoints).toBe(0);
  expect(await socketsOf(studio)).toBe(0);
});

/** UDP sockets that the workers hold, by the system's own account of this process, less those of the telephones. */
async function socketsOf(studio: Studio): Promise<number> {
  const { readdir, readFile, readlink } = await import('node:fs/promises');
  const udp = new Set(
    (await readFile('/proc/self/net/udp', 'utf8'))
      .split('\n')
      .slice(1)
      .map((row) => row.trim().split(/\s+/)[9]),
  );
  let count = 0;
  for (const fd of await readdir('/proc/self/fd')) {
    const inode = /socket:\[(\d+)\]/.exec(await readlink(`/proc/self/fd/${fd}`).catch(() => ''))?.[1];
    if (inode !== undefined && udp.has(inode)) count++;
  }
  return count - 2 * studio.peers;
}

test('an endpoint that is given up while it opens is closed again', async () => {
  await using studio = await Studio.open();
  const peer = await studio.peer();
  const aborter = new AbortController();
  const opening = studio.server.createEndpoint(
    { leg: newLegId(Date.now()), contact, listen: false, remoteSdp: peer.sdp() },
    aborter.signal,
  );
  aborter.abort();
  await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' });
  await studio.settled();
  expect((await studio.server.statistics()).endpoints).toBe(0);
  expect(await socketsOf(studio)).toBe(0);
});

test('closing is idempotent, ends playbacks, and says so', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  line.endpoint.play({ turn, clips: [studio.speech.tone('long', 400, 80_000)], bargeIn: 'none' });
  await line.event('playback-started');
  await Promise.all([line.endpoint.close(), line.endpoint.close()]);
  await line.endpoint.close();
  expect(line.all('playback-finished')).toMatchObject([{ because: 'stopped' }]);
});

test('whatever arrives on the RTP and RTCP ports, the line stays up', async () => {
  await using studio = await Studio.open({ inbandDtmf: true });
  const line = await studio.line({ track: 'customer', listen: true });
  await line.peer.speak(tone([500], 1_600));
  const { peer } = line;
  const header = record({
    first: constantFrom(0x80, 0x80, 0x80, 0x90, 0xa0, 0xb0, 0x8f, 0x00, 0xff),
    second: oneof(constantFrom(0, 8, 101, 0x80, 0xe5, 13), nat(255)),
    rest: uint8Array({ minLength: 0, maxLength: 14 }),
    payload: uint8Array({ minLength: 0, maxLength: 400 }),
    honest: boolean(),
  });
  const samples = sample(tuple(header, nat(2)), 3_000);
  for (const [n, [{ first, second, rest, payload, honest }, kind]] of samples.entries()) {
    const head = new Uint8Array(12);
    head.set([first, second, ...rest].slice(0, 12));
    if (honest) {
      // with the right SSRC and sequence, so that it is taken for the far end's
      head.set([0x80, second, (peer.sequence >> 8) & 0xff, peer.sequence & 0xff], 0);
      peer.sequence = (peer.sequence + 1) & 0xffff;
      new DataView(head.buffer).setUint32(8, peer.ssrc);
    }
    const packet = kind === 0 ? Uint8Array.from([first, second, ...rest]) : Uint8Array.from([...head, ...payload]);
    if (kind === 2) peer.sendRtcp(packet);
    else peer.sendRaw(packet);
    if (n % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await studio.settled();
  expect(line.all('failed')).toEqual([]);
  expect((await studio.server.statistics()).packetsDropped).toBeGreaterThan(0);
  peer.ssrc = 0x4242;
  peer.timestamp = 1_000;
  await peer.speak(tone([500], 1_600));
  const digits = line.all('digit').length;
  await peer.press('A');
  await line.event('digit', () => line.all('digit').length > digits);
  const before = peer.received.length;
  await peer.until((packets) => packets.length > before + 10, 'our stream');
  await studio.hangUp(line);
  const track = studio.recorder.track('customer');
  expect(track.samples.length).toBeGreaterThan(0);
});
