import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { newContactId, newLegId } from '../../src/domain/ids.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { openJournalStore } from '../../src/journal/open-journal-store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { type DatabaseServer, openStorage, openStorageToRead } from '../../src/storage/open-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Cluster, noPostgresql, openCluster } from '../support/postgresql.ts';

const run = promisify(execFile);
const QUICK = { connectMs: 2_000, statementMs: 300, answerMs: 500 };

describe.skipIf(noPostgresql)('PostgreSQL behind the journal', () => {
  let cluster: Cluster;
  let server: DatabaseServer;
  let folder = '';
  beforeAll(async () => {
    cluster = await openCluster();
  });
  afterAll(() => cluster[Symbol.asyncDispose]());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nodes-'));
    server = await cluster.database();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const node = (name: string, at: DatabaseServer = server): Promise<Storage> =>
    openStorage(
      { file: join(folder, name, 'tellerline.sqlite'), node: name, server: at, migrations: MIGRATIONS },
      silentLogger,
    );
  const offer = {
    type: 'call-offered',
    leg: newLegId(1),
    direction: 'inbound',
    from: '*1',
    to: '*2',
    sip_call_id: 'x',
  } as const;

  test('two nodes write and read one list of calls; the restart of one does not end the calls of the other', async () => {
    await using first = await node('first');
    await using a = await openJournal(openJournalStore(first), systemClock, silentLogger);
    const [one, two] = [newContactId(1_000), newContactId(2_000)];
    a.append(one, offer);
    await a.flush();
    {
      await using second = await node('second');
      await using b = await openJournal(openJournalStore(second), systemClock, silentLogger);
      expect(await b.closeOrphans()).toEqual([]);
      b.append(two, offer);
      await b.flush();
      for (const journal of [a, b]) {
        expect((await journal.calls.list({ limit: 10 })).map(({ contact }) => contact)).toEqual([two, one]);
        expect((await journal.calls.list({ limit: 10, live: true })).map(({ contact }) => contact)).toEqual([two, one]);
      }
      expect((await b.calls.find(one))?.events).toHaveLength(1);
    }
    // the second one died during its call
    await using second = await node('second');
    await using b = await openJournal(openJournalStore(second), systemClock, silentLogger);
    expect(await b.closeOrphans()).toEqual([two]);
    a.append(one, { type: 'call-ended', because: 'caller-hung-up', duration_ms: 5 });
    await a.flush();
    expect((await b.calls.list({ limit: 10, live: false })).map(({ because }) => because)).toEqual([
      'crashed',
      'caller-hung-up',
    ]);
  });

  test('nodes that start at the same time bring the schema up to date once', async () => {
    const nodes = await Promise.all(Array.from({ length: 4 }, (_, n) => node(`node-${n}`)));
    expect(await nodes[0]!.knex('migration').pluck('name')).toEqual(MIGRATIONS.map(({ name }) => name));
    for (const one of nodes) await one[Symbol.asyncDispose]();
  });

  test('a server that dies during calls: events wait in the file of this node and are there when it is back', async () => {
    await using storage = await node('only');
    await using journal = await openJournal(openJournalStore(storage), systemClock, silentLogger);
    const contact = newContactId(1_000);
    journal.append(contact, offer);
    await journal.flush();
    await cluster.kill();
    try {
      journal.append(contact, { type: 'trouble', code: 'INTERNAL', where: 'while it is dead' });
      await journal.flush();
      expect(journal.healthy).toBe(false);
      expect(await readFile(join(folder, 'only', 'tellerline.sqlite.spill.jsonl'), 'utf8')).toContain(
        'while it is dead',
      );
      // our own live calls are known all the same
      expect((await journal.calls.list({ limit: 10, live: true })).map((call) => call.contact)).toEqual([contact]);
    } finally {
      await cluster.start();
    }
    journal.append(contact, { type: 'call-ended', because: 'caller-hung-up', duration_ms: 5 });
    for (const until = performance.now() + 15_000; !journal.healthy && performance.now() < until; )
      await journal.flush();
    expect((await journal.calls.find(contact))?.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await expect(stat(join(folder, 'only', 'tellerline.sqlite.spill.jsonl'))).rejects.toThrow(/ENOENT/);
  });

  test('a server that accepts and never answers is given up after a while, as one that is not there', async () => {
    const held: Socket[] = [];
    const mute = createServer((socket) => void held.push(socket)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as { port: number };
    try {
      const address = { ...server.address, host: '127.0.0.1', port };
      await expect(node('mute', { ...server, address, deadlines: QUICK })).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
      });
      await expect(node('none', { ...server, address: { ...address, port: 1 } })).rejects.toThrow(
        /ECONNREFUSED.*storage\.url/,
      );
    } finally {
      for (const socket of held) socket.destroy();
      mute.close();
      await once(mute, 'close');
    }
  });

  test('a connection that freezes is not used again', async () => {
    const sockets: Socket[] = [];
    let frozen = false;
    const proxy = createServer((socket) => {
      const to = connect(join(cluster.folder, '.s.PGSQL.5432'));
      sockets.push(socket, to);
      socket
        .on('data', (data) => frozen || to.write(data))
        .on('error', () => undefined)
        .on('close', () => to.destroy());
      to.on('data', (data) => frozen || socket.write(data))
        .on('error', () => undefined)
        .on('close', () => socket.destroy());
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as { port: number };
    const storage = await node('through', {
      connections: 2,
      deadlines: QUICK,
      address: { ...server.address, host: '127.0.0.1', port },
    });
    try {
      frozen = true;
      const asked = Promise.allSettled([storage.knex.raw('select 1'), storage.knex.raw('select 2')]);
      for (const { status } of await asked) expect(status).toBe('rejected');
      frozen = false;
      expect((await storage.knex.raw<{ rows: unknown[] }>('select 3 as n')).rows).toEqual([{ n: 3 }]);
    } finally {
      for (const socket of sockets) socket.destroy();
      await storage[Symbol.asyncDispose]();
      proxy.close();
      await once(proxy, 'close');
    }
  });

  test('a statement that takes too long is given up by the server', async () => {
    await using storage = await node('slow', { ...server, deadlines: QUICK });
    await expect(storage.knex.raw('select pg_sleep(30)')).rejects.toMatchObject({ code: '57014' });
  });

  test('whoever reads beside it writes nothing', async () => {
    await (await node('writer'))[Symbol.asyncDispose]();
    await using storage = await openStorageToRead({ file: join(folder, 'r', 'x'), server });
    expect(await openJournalStore(storage).calls({ limit: 1 })).toEqual([]);
    await expect(storage.knex('node').insert({ name: 'x', seen_at: 1 })).rejects.toMatchObject({ code: '25006' });
  });

  test('by TLS the certificate and its name are verified', async () => {
    const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
    await openssl(
      ...'req -x509 -newkey rsa:2048 -nodes -days 2 -keyout server.key -out server.crt -subj /CN=localhost'.split(' '),
      '-addext',
      'subjectAltName=DNS:localhost',
    );
    await openssl(
      ...'req -x509 -newkey rsa:2048 -nodes -days 2 -keyout other.key -out other.crt -subj /CN=localhost'.split(' '),
    );
    const port = await freePort();
    const { uid, gid } = await stat(cluster.folder);
    await using secure = await openCluster(
      [
        `listen_addresses = '127.0.0.1'`,
        `port = ${port}`,
        'ssl = on',
        `ssl_cert_file = '${folder}/server.crt'`,
        `ssl_key_file = '${folder}/server.key'`,
      ],
      async () => {
        for (const file of ['server.key', 'server.crt']) await chown(join(folder, file), uid, gid);
        await chmod(join(folder, 'server.key'), 0o600);
        await chmod(folder, 0o755);
      },
    );
    const tls = await secure.database();
    const ca = await readFile(join(folder, 'server.crt'), 'utf8');
    const at = (host: string) => ({ ...tls.address, host, port, tls: true });
    {
      await using storage = await node('secure', { ...tls, address: at('localhost'), ca });
      const { rows } = await storage.knex.raw<{ rows: { ssl: boolean }[] }>(
        'select ssl from pg_stat_ssl where pid = pg_backend_pid()',
      );
      expect(rows).toEqual([{ ssl: true }]);
    }
    const other = await readFile(join(folder, 'other.crt'), 'utf8');
    await expect(node('a', { ...tls, address: at('localhost'), ca: other })).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    });
    await expect(node('b', { ...tls, address: at('localhost') })).rejects.toThrow(/DEPTH_ZERO_SELF_SIGNED_CERT/);
    await expect(node('c', { ...tls, address: at('127.0.0.1'), ca })).rejects.toThrow(/ERR_TLS_CERT_ALTNAME_INVALID/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
