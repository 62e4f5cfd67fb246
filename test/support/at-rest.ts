import { get } from 'node:http';
import { expect } from 'vitest';
import { eventually } from './server-process.ts';
import type { TestApp } from './test-app.ts';

const NOTHING = { calls: 0, media_endpoints: 0, sip_dialogs: 0, recordings_open: 0, recordings_sealing: 0 };

/** Waits until every call has ended with all that belonged to it; what is left after the deadline fails the test. */
export async function atRest({ app }: TestApp, deadlineMs = 30_000): Promise<void> {
  const left = await eventually(
    () => gaugesOf(app.http, app.token),
    (gauges) => Object.values(gauges).every((value) => value === 0),
    deadlineMs,
  );
  expect(left, 'what the calls left behind').toEqual(NOTHING);
  expect(app.liveCalls).toBe(0);
}

async function gaugesOf(http: string, token: string): Promise<Record<string, number>> {
  const text = await new Promise<string>((resolve, reject) => {
    const asked = get(
      `${http}/metrics`,
      { agent: false, headers: { authorization: `Bearer ${token}`, connection: 'close' } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (piece: string) => (body += piece));
        response.once('end', () => resolve(body));
      },
    );
    asked.once('error', reject);
  });
  return Object.fromEntries(
    Object.keys(NOTHING).map((name) => [
      name,
      Number(new RegExp(`^tellerline_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN),
    ]),
  );
}
