import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readZip } from '../../src/verify/zip.ts';
import { openTimeStampAuthority } from '../support/archive/time-stamp-authority.ts';
import { opensslVerifiesSm2 } from '../support/archive/stock-openssl.ts';
import { archived } from '../support/archived.ts';
import { call, speaks } from '../support/caller.ts';
import {
  DIALPLANS,
  eventually,
  runTellerline,
  type Settings,
  startServer,
  writeConfig,
} from '../support/server-process.ts';

/*
 * The evidence of an archive as a bank would set it up: national profile, a witness in a process of its own, a time stamp authority, a test call.
 * Everything is done with the commands, and proven by Node.js and openssl alone.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOTICE =
  'This call is recorded and kept for five years. If you do not agree with that please hang up now and write to us.';

interface Witness extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
}

/** `tellerline archive witness`, until it is disposed of. */
async function openWitness(folder: string, log: string): Promise<Witness> {
  const args = ['archive', 'witness', '--folder', folder, '--name', 'audit.example/witness', '--log', log];
  const child: ChildProcess = spawn(process.execPath, ['dist/main.js', ...args, '--listen', '127.0.0.1:0'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  const [, url = '', key = ''] = await new Promise<RegExpExecArray>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const found = /witness at (\S+)\s+archive\.witness_key: (\S+)\n/.exec(printed);
      if (found !== null) resolve(found);
    });
    child.once('exit', (status) => reject(new Error(`the witness ended with ${status}: ${printed}`)));
  });
  return {
    url,
    key,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

interface Shown {
  readonly state: string;
  readonly unheardNotices: readonly string[];
  readonly receipts: readonly { readonly notice?: { readonly id: string }; readonly outcome: string }[];
  readonly leakCertificate: { readonly clean: boolean } | null;
}

test('a call with the national profile, a witness and time stamps: proven in a bundle; its notice, cut short, is found; the test call is verified', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-evidence-'));
  const archive = (...args: readonly string[]) =>
    runTellerline('archive', ...args, '--config', join(folder, 'tellerline.yaml'));
  const json = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse((await archive(...args, '--json')).stdout);
  const dialplan = join(folder, 'long.yaml');
  const short = await readFile(join(DIALPLANS, 'short.yaml'), 'utf8');
  await writeFile(dialplan, short.replace('Recorded.', NOTICE));
  let set: Settings = {
    'archive.profile': 'national',
    'archive.origin': 'bank.example/log',
    'dialplan.file': dialplan,
  };
  try {
    await writeConfig(folder, set);
    const doctor = await archive('doctor');
    const log = /key of the log, for its witnesses and auditors: (\S+)/.exec(doctor.stdout)?.[1] ?? '';
    await using witness = await openWitness(join(folder, 'witness'), log);
    await using authority = await openTimeStampAuthority();
    const ca = join(folder, 'tsa.pem');
    await writeFile(
      ca,
      `-----BEGIN CERTIFICATE-----\n${Buffer.from(authority.certificate).toString('base64')}\n-----END CERTIFICATE-----\n`,
    );
    set = {
      ...set,
      'archive.witness_url': witness.url,
      'archive.witness_key': witness.key,
      'archive.tsa_url': authority.url,
      'archive.tsa_ca_file': ca,
      'archive.test_call_minutes': 60,
    };
    let cut = '';
    let whole = '';
    {
      await using server = await startServer({ folder, set });
      {
        await using caller = await call(server.sip);
        await speaks(caller);
        await caller.hangUp();
      }
      cut = (await server.until('call-ended')).contact;
      {
        await using caller = await call(server.sip);
        await server.until('notice-given', ({ contact, heard_whole }) => contact !== cut && heard_whole, 60_000);
        await caller.hangUp();
      }
      whole = (await server.until('call-ended', ({ contact }) => contact !== cut)).contact;
      // the test call, and both of ours
      await server.until('call-ended', ({ contact }) => contact !== cut && contact !== whole, 120_000);
      await archived(server, 3);
      const tested = await eventually(
        () => json('doctor') as Promise<{ name: string; state: string }[]>,
        (found) => found.some(({ name, state }) => name === 'test call' && state === 'ok'),
        120_000,
      );
      expect(tested.find(({ name }) => name === 'test call')).toMatchObject({ state: 'ok' });
      expect(await server.metric('archive_witness_failing')).toBe(0);
      expect(await server.metric('test_call_failing')).toBe(0);
      await eventually(
        () => json('list') as Promise<{ state: string }[]>,
        (rows) => rows.filter(({ state }) => state === 'VERIFIED').length === 3,
        60_000,
      );
    }
    const unheard = (await json('list', '--unheard-notice')) as { id: string; contact: string }[];
    expect(unheard.map(({ contact }) => contact)).toEqual([cut]);
    const rows = (await json('list')) as { id: string; contact: string; state: string }[];
    expect(rows.map(({ state }) => state)).toEqual(['VERIFIED', 'VERIFIED', 'VERIFIED']);
    const heard = rows.find(({ contact }) => contact === whole)?.id ?? '';
    const first = (await json('show', unheard[0]?.id ?? '')) as Shown;
    expect(first.unheardNotices).toEqual(['recording']);
    expect(first.receipts[0]).toMatchObject({ notice: { id: 'recording' } });
    expect(first.receipts[0]?.outcome).toBe('interrupted');
    const second = (await json('show', heard)) as Shown;
    expect(second.receipts[0]).toMatchObject({ notice: { id: 'recording' }, outcome: 'whole' });
    expect([first, second].map(({ leakCertificate }) => leakCertificate?.clean)).toEqual([true, true]);
    const lines = (await archive('show', unheard[0]?.id ?? '')).stdout;
    expect(lines).toMatch(/ {2}disclosure recording( v1)?: interrupted after \d+ of \d+ words, in “\w+”/);
    expect(lines).toMatch(/leak certificate {3}nothing was found in \d+ sources/);

    // the next start has the log stamped as it is now; a running server asks the witness
    const bundle = join(folder, 'call.zip');
    {
      await using server = await startServer({ folder, set: { ...set, 'archive.test_call_minutes': 0 } });
      const stamps = join(folder, 'recordings/archive/tlog/tsr');
      await eventually(
        async () =>
          spawnSync('ls', [stamps], { encoding: 'utf8' })
            .stdout.split('\n')
            .filter((name) => name.endsWith('.tsr')).length,
        (count) => count >= 2,
        60_000,
      );
      const exported = await archive('export', heard, '--to', bundle, '--purpose', 'complaint 4711');
      expect([exported.status, exported.stderr]).toEqual([0, '']);
      expect(await archive('fsck')).toMatchObject({ status: 0 });
      expect(await archive('audit')).toMatchObject({ status: 0 });
      expect(server.stderr).not.toMatch(/WITNESS_|TIME_STAMP/);
    }
    await expectProven(bundle, join(folder, 'bundle'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 300_000);

async function expectProven(bundle: string, folder: string): Promise<void> {
  const files = await readZip(await readFile(bundle));
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  const verified = spawnSync(process.execPath, [join(folder, 'verify.mjs'), folder], {
    encoding: 'utf8',
    cwd: tmpdir(),
    env: {},
  });
  expect([verified.status, verified.stderr]).toEqual([0, '']);
  for (const text of [
    'sm2-sm3',
    'PLAYOUT is leaf',
    'LEAK-SCAN is leaf',
    `Disclosure recording v1 “${NOTICE}”: in full`,
    'No card number, PIN tone or key byte was found',
    'The independent witness audit.example/witness cosigned the log',
    'stamped the log at',
  ])
    expect(verified.stdout).toContain(text);

  const read = (path: string): unknown => JSON.parse(Buffer.from(files.get(path) ?? '').toString());
  const { keys } = read('keys.json') as { keys: { algorithm: string; spki: string; fingerprint: string }[] };
  const key = keys.find(({ algorithm }) => algorithm === 'sm2-sm3');
  for (const path of ['manifest', 'bundle', 'leak-certificate']) {
    const { signatures } = read(`${path}.sig.json`) as { signatures: { key: string; value: string }[] };
    const value = signatures.find((one) => one.key === key?.fingerprint)?.value ?? '';
    const message = files.get(`${path}.json`) ?? new Uint8Array();
    const spki = Buffer.from(key?.spki ?? '', 'base64');
    expect([path, await opensslVerifiesSm2(message, Buffer.from(value, 'base64'), spki)]).toEqual([path, true]);
  }
}
