import { createServer } from 'node:http';
import { once } from 'node:events';
import { createHmac } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { contactWebhook } from '../../src/app/contact-webhook.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { eventually } from '../support/server-process.ts';

const entered: CallEvent = {
  v: 1,
  contact: 'c' as ContactId,
  seq: 3,
  at: wallMs(5),
  t_ms: 0,
  type: 'queue-entered',
  entry: 'e',
  queue: 'cards',
  returned: false,
};

test('the receiver gets the record, signed; it is told again when it fails, with the same id; other events are not told', async () => {
  const got: { readonly body: string; readonly signature: string; readonly delivery: string }[] = [];
  let failures = 1;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      got.push({
        body,
        signature: String(request.headers['x-tellerline-signature']),
        delivery: String(request.headers['x-delivery']),
      });
      response.writeHead(failures-- > 0 ? 503 : 204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const clock = new ManualClock();
  const stopping = new AbortController();
  const follow = contactWebhook({
    url: `http://127.0.0.1:${port}/`,
    secret: 'key',
    contexts: { of: () => undefined },
    clock,
    logger: silentLogger,
    signal: stopping.signal,
  });
  follow({ ...entered, type: 'dead-air', turn: 't', silent_ms: 1, remedy: '' } as unknown as CallEvent);
  follow(entered);
  await eventually(
    () => Promise.resolve(clock.pending),
    (pending) => pending === 1,
  );
  clock.advance(1_000);
  await eventually(
    () => Promise.resolve(got.length),
    (count) => count === 2,
  );
  expect(got).toHaveLength(2);
  for (const { body, signature, delivery } of got) {
    expect(JSON.parse(body)).toEqual({
      type: 'queue-entered',
      at: 5,
      contact: 'c',
      facts: { entry: 'e', queue: 'cards', returned: false },
      context: null,
    });
    const [, at = '', mac = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    expect(mac).toBe(createHmac('sha256', 'key').update(`${at}.${body}`).digest('hex'));
    expect(delivery).toBe('c.3');
  }
  stopping.abort();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

test('what an agent wrote goes out without personal data', async () => {
  const bodies: string[] = [];
  const stopping = new AbortController();
  const follow = contactWebhook({
    url: 'http://127.0.0.1:1/',
    secret: 'key',
    contexts: { of: () => undefined },
    clock: new ManualClock(),
    logger: silentLogger,
    signal: stopping.signal,
    send: (_url, init) => {
      bodies.push(typeof init?.body === 'string' ? init.body : '');
      return Promise.resolve(new Response(null, { status: 204 }));
    },
  });
  const { entry: _entry, queue: _queue, returned: _returned, ...stamp } = entered;
  const notes = 'call back at 13912345678 please';
  follow({ ...stamp, type: 'wrapped-up', agent: 'wei', reason: 'call again', notes });
  await eventually(
    () => Promise.resolve(bodies.length),
    (count) => count === 1,
  );
  expect(bodies[0]).toContain('"agent":"wei"');
  expect(bodies[0]).toContain('call back');
  expect(bodies[0]).not.toContain('12345678');
  stopping.abort();
});
