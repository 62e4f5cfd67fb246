import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { silentLogger } from '../../../src/lib/logger.ts';
import { ProcessGateway } from '../../../src/media/webrtc/process-gateway.ts';

const HOST = '127.0.0.1';
const RTP = { host: HOST, port: 40_000 };
const newGateway = (most: number): ProcessGateway =>
  new ProcessGateway(
    { host: HOST, portMin: 0, portMax: 0, iceServers: ['turn:line:hunter2@127.0.0.1:3478'], most },
    silentLogger,
  );

test('the password of a TURN server is on no command line and in no environment', async () => {
  await using gateway = newGateway(1);
  const leg = await gateway.open(RTP);
  const { pid } = gateway;
  expect(pid).toBeDefined();
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain('gateway-process');
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('hunter2');
  expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain('hunter2');
  await leg.close();
});

test('legs that are being opened count', async () => {
  await using gateway = newGateway(1);
  const opened = await Promise.allSettled([gateway.open(RTP), gateway.open(RTP)]);
  expect(opened.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(opened[1]).toMatchObject({ reason: { code: 'OVERLOADED' } });
  expect(gateway.legs).toBe(1);
  for (const each of opened) if (each.status === 'fulfilled') await each.value.close();
  expect(gateway.legs).toBe(0);
  await (await gateway.open(RTP)).close();
});
