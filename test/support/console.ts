import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Supervision } from '../../src/agents/supervision.ts';
import type { ArchiveServices } from '../../src/archive/archive-services.ts';
import { type BrowserTelephone, SIP_SOCKET_PATH } from '../../src/http/browser/telephones.ts';
import { openHttp, type HttpOptions, type Web } from '../../src/http/open-http.ts';
import type { DeskServices } from '../../src/http/routes/desk/desk-routes.ts';
import type { QueueReports } from '../../src/http/sources.ts';
import { type Logger, silentLogger } from '../../src/lib/logger.ts';
import type { Staff } from '../../src/staff/open-staff.ts';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import type { Attributes, Role } from '../../src/staff/staff-service.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ManualClock } from './manual-clock.ts';
import { memoryArchive, type MemoryArchive } from './memory-archive.ts';
import { codeOf, openTestStaff, type SignedInStaff, signedIn } from './staff.ts';
import { expectingOk, sendAs, type StaffClient } from './staff-client.ts';

export const TOKEN = 'a-token-for-the-tests-only';

export interface Client extends StaffClient {
  readonly name: string;
  readonly person: SignedInStaff;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}
export interface TestConsole extends AsyncDisposable {
  readonly web: Web;
  readonly staff: Staff;
  readonly storage: Storage;
  readonly archive: MemoryArchive;
  readonly clock: ManualClock;
  /** An account of that name and role, signed in. */
  client(name: string, roles?: readonly Role[], attributes?: Partial<Attributes>): Promise<Client>;
  /** The code of a person's app at this moment. */
  code(client: Client): string;
}

const telephoneOf = (name: string): BrowserTelephone => ({
  uri: `sip:browser~${name}@bank.example`,
  authorization_user: `browser~${name}`,
  password: 'for a test',
  expires_at: 0,
  socket: SIP_SOCKET_PATH,
  line: 'sip:line@bank.example',
  ice_servers: [],
});

/** The web server with the staff's side on a database of its own and an archive in memory. */
export async function openTestConsole(
  options: Partial<HttpOptions> & {
    readonly services?: (archive: MemoryArchive) => ArchiveServices;
    readonly pages?: string;
    readonly desk?: DeskServices;
    readonly supervision?: Supervision;
    readonly reports?: (storage: Storage) => Promise<QueueReports>;
    /** The server calls no browsers. */
    readonly withoutTelephones?: boolean;
    readonly logger?: Logger;
  } = {},
): Promise<TestConsole> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-test-'));
  const storage = await openStorage(
    { file: join(folder, 'staff.sqlite'), node: 'node', migrations: MIGRATIONS },
    silentLogger,
  );
  const clock = new ManualClock();
  const staff = openTestStaff(storage.knex, clock);
  const archive = memoryArchive();
  const {
    services = (same) => same,
    pages = join(folder, 'no-pages'),
    logger = silentLogger,
    desk,
    supervision,
    reports,
    withoutTelephones = false,
    ...http
  } = options;
  const web = await openHttp(
    {
      host: '127.0.0.1',
      port: 0,
      token: TOKEN,
      version: '0.0.0',
      openDocs: false,
      trusted: ['127.0.0.1'],
      proxies: [],
      connectionsPerAddress: 64,
      routes: [],
      console: {
        staff,
        archive: services(archive),
        ...(withoutTelephones ? {} : { telephones: { issue: telephoneOf } }),
        folder: pages,
        ...(desk === undefined ? {} : { desk }),
        ...(supervision === undefined ? {} : { supervision }),
        ...(reports === undefined ? {} : { reports: await reports(storage) }),
      },
      ...http,
    },
    {
      health: async () => ({ ok: true, checks: {} }),
      readiness: async () => ({ ok: true, checks: {} }),
      metrics: async () => ({ contentType: 'text/plain', text: '' }),
    },
    logger,
  );
  return {
    web,
    staff,
    storage,
    archive,
    clock,
    code: ({ person }) => codeOf(person.secret, clock.wall()),
    async client(name, roles = [name as Role], attributes = { queues: ['cards'] }) {
      const person = await signedIn(staff, clock, name, roles, attributes);
      const cookie = `tellerline-session=${person.token}`;
      const send: Client['send'] = (...request) => sendAs(web.address, cookie, ...request);
      return {
        name,
        person,
        cookie,
        send,
        get: (path, headers) => send('GET', path, undefined, headers),
        ok: expectingOk(send),
      };
    },
    async [Symbol.asyncDispose]() {
      await web.close();
      await storage[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
