import cookie from '@fastify/cookie';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ArchiveServices } from '../../archive/archive-services.ts';
import type { CallSummary } from '../../domain/call-summary.ts';
import { IvrError } from '../../domain/error.ts';
import { isUuid } from '../../domain/ids.ts';
import { shareOf } from '../../lib/networks.ts';
import type { MachineActor } from '../../staff/staff-service.ts';
import type { Staff } from '../../staff/open-staff.ts';
import type { Limiter } from '../admit-request.ts';
import { expectSameSite } from '../console/console-request.ts';
import { eventStreams } from '../event-stream.ts';
import { sendWav } from '../routes/archive/send-wav.ts';
import type { CallHistory, Subscribe } from '../sources.ts';
import type { DemoCustomer } from './demo-customer.ts';
import { callerOf, isNewcomer, newcomerOf } from './newcomer-request.ts';
import type { BrowserTelephones } from './telephones.ts';

export interface NewcomerParts {
  readonly telephones: Pick<BrowserTelephones, 'issue'>;
  readonly subscribe: Subscribe;
  readonly calls: CallHistory;
  readonly staff: Pick<Staff, 'accounts' | 'permit'>;
  readonly archive: Pick<ArchiveServices, 'playback' | 'recordings'> | undefined;
  readonly version: string;
  /** Undefined: a real bank is behind the line. */
  readonly customer: DemoCustomer | undefined;
}

/** In 10 s. */
const REQUESTS = 200;
const MOST_LISTENERS = 16;
/** Of the calls under way, the newest. */
const MOST_LIVE = 10_000;
const STATED = { purpose: 'heard by its caller, on the page for newcomers', ticket: '' };
const ACTOR: MachineActor = { kind: 'service', name: 'page for newcomers' };
const Contact = Type.Object({ contact: Type.String({ maxLength: 36 }) });

/** What the page for newcomers asks, of browsers on this machine alone. */
export function newcomerRoutes(parts: NewcomerParts, limiter: Limiter): FastifyPluginAsyncTypebox {
  const { telephones, subscribe, calls, staff, archive, version, customer = null } = parts;
  return async (app) => {
    await app.register(cookie);
    const limit = limiter(REQUESTS, (request: FastifyRequest) => shareOf(request.ip));
    app.addHook('onRequest', async (request, reply) => {
      await limit(request, reply);
      if (!isNewcomer(request))
        throw new IvrError('FORBIDDEN', 'the page for newcomers is for browsers on this machine');
      expectSameSite(request);
    });
    const stream = eventStreams(subscribe, MOST_LISTENERS, `${MOST_LISTENERS} pages are open already`);

    app.get('/api/newcomer', { schema: { hide: true } }, async () => ({
      version,
      accounts: (await staff.accounts.list()).length > 0,
      archive: archive !== undefined,
      customer,
    }));
    app.post('/api/newcomer/telephone', { schema: { hide: true } }, (request, reply) =>
      telephones.issue(newcomerOf(request, reply)),
    );
    app.get('/api/newcomer/events', { schema: { hide: true }, exposeHeadRoute: false }, async (request, reply) => {
      const caller = callerOf(request);
      // a page that lost its connection follows the call that it has
      const live = await calls.list({ live: true, limit: MOST_LIVE });
      const own = new Set(live.flatMap(({ contact, from }) => (from === caller ? [contact] : [])));
      stream(reply, (event) => {
        if (event.type === 'call-offered' && event.from === caller) own.add(event.contact);
        return own.has(event.contact);
      });
    });
    app.get('/api/newcomer/recordings/:contact', { schema: { hide: true, params: Contact } }, async (request) => {
      const { recording } = await ownCall(calls, request.params.contact, callerOf(request));
      const found = recording === null ? undefined : await archive?.recordings.find(recording);
      return { recording, state: found?.state ?? null, duration_ms: found?.durationMs ?? null };
    });
    app.get(
      '/api/newcomer/recordings/:contact/audio.wav',
      { schema: { hide: true, params: Contact }, exposeHeadRoute: false },
      async (request, reply) => {
        const { recording } = await ownCall(calls, request.params.contact, callerOf(request));
        if (recording === null || archive === undefined)
          throw new IvrError('RECORDING_NOT_FOUND', 'the recording of this call is not in the archive');
        const found = await archive.recordings.find(recording);
        if (found === undefined)
          throw new IvrError('RECORDING_NOT_FOUND', 'the recording of this call is not available yet');
        if (found.restricted) throw new IvrError('FORBIDDEN', 'the recording is restricted: it is only kept');
        const range = (request.headers.range ?? '').slice(0, 100);
        await staff.permit(ACTOR, 'recording.play', { ids: [recording] }, STATED, { detail: { what: 'audio', range } });
        return await sendWav(request, reply, await archive.playback.open(recording, true));
      },
    );
    app.all('/api/newcomer/*', { schema: { hide: true } }, () => {
      throw new IvrError('NOT_FOUND', 'there is nothing here');
    });
  };
}

/** @throws IvrError NOT_FOUND: also for calls of others */
async function ownCall(calls: CallHistory, contact: string, caller: string): Promise<CallSummary> {
  const found = isUuid(contact) ? await calls.find(contact) : undefined;
  if (found === undefined || found.call.from !== caller) throw new IvrError('NOT_FOUND', 'there is no such call');
  return found.call;
}
