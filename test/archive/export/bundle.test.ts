import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyBundle } from '../../../src/archive/export/verify-bundle.ts';
import { openFlac } from '../../../src/verify/flac.ts';
import type { Verdict } from '../../../src/verify/verdict.ts';
import { verifyFiles, verifyZip } from '../../../src/verify/verify-bundle.ts';
import { readZip } from '../../../src/verify/zip.ts';
import { makeBundleFixture } from '../../support/archive/bundle-source.ts';
import { VERIFIER, zipOf } from './zip-of-bundle.ts';

const proved = (verdict: Verdict): string => {
  if (!verdict.ok) throw new Error(`${verdict.file}: ${verdict.problem.en}`);
  return verdict.proved.map(({ en }) => en).join('\n');
};

let whole: Buffer;
let masked: Buffer;
let national: Buffer;
beforeAll(async () => {
  whole = await zipOf(await makeBundleFixture());
  masked = await zipOf(await makeBundleFixture({ masked: true }));
  national = await zipOf(await makeBundleFixture({ national: true, bare: true }));
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-export-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function unpack(zip: Buffer): Promise<void> {
  for (const [path, bytes] of await readZip(zip)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}
const runVerifier = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [join(folder, 'verify.mjs'), ...args], { encoding: 'utf8', cwd: tmpdir() });

test('a bundle proves its audio, its place in the log, its witness and its time, by every way of verifying', async () => {
  const text = proved(await verifyZip(whole));
  expect(text).toMatch(/All \d+ files are there/);
  expect(text).toContain('bit for bit');
  expect(text).toContain('RECORDING is leaf 14');
  expect(text).toContain('PLAYOUT is leaf 15');
  expect(text).toContain('LEAK-SCAN is leaf 16');
  expect(text).toContain('EXPORT is leaf 31');
  expect(text).toContain('audit.example/witness cosigned');
  expect(text).toContain('Test TSA stamped the log at 17 leaves');
  expect(text).toContain('As archived: transcript.json, events.json, receipts.json, leak-certificate.json');
  expect(text).toContain('Of 2 prompts 1 went to the wire in full');
  expect(text).toContain('Disclosure recording v3 “This call is recorded.”: in full');
  expect(text).toMatch(/Prompt “本产品.*”: INTERRUPTED after 3 of 9 words, in “保本” \(counted by its length\)/);
  expect(text).toContain('No card number, PIN tone or key byte was found in 4 sources');
  expect(text).toContain('vCon');
  await writeFile(join(folder, 'bundle.zip'), whole);
  expect((await verifyBundle(join(folder, 'bundle.zip'))).ok).toBe(true);
  await rm(join(folder, 'bundle.zip'));
  await unpack(whole);
  const { status, stdout, stderr } = runVerifier();
  expect(stdout + stderr).toContain('RECORDING is leaf 14');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const chinese = runVerifier(folder, '--lang', 'zh').stdout;
  expect(chinese).toContain('与归档内容逐位一致');
  expect(chinese).toContain('告知 recording v3“This call is recorded.”：已完整播放');
  expect(chinese).toContain('已播放 3/9 词，止于“保本”');
  expect(chinese).toContain('未发现卡号、密码按键音或密钥字节');
});

test('the verifier is one file of Node built-ins alone', async () => {
  const code = await readFile(VERIFIER, 'utf8');
  const imported = [...code.matchAll(/^import .* from "([^"]+)";$/gm)].map(([, name]) => name);
  expect(imported.length).toBeGreaterThan(0);
  expect(imported.filter((name) => !name?.startsWith('node:'))).toEqual([]);
  expect(code).not.toMatch(/\bimport\(|\brequire\(|\bfetch\(/);
});

test('stock tools read it: unzip, flac, sha256sum', async () => {
  await writeFile(join(folder, 'b.zip'), whole);
  const files = await readZip(whole);
  const python = spawnSync(
    'python3',
    [
      '-c',
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(len(z.namelist()))',
      join(folder, 'b.zip'),
    ],
    { encoding: 'utf8' },
  );
  if (python.error === undefined) expect(Number(python.stdout)).toBe(files.size);
  await writeFile(join(folder, 'a.flac'), files.get('audio.flac') ?? '');
  const flac = spawnSync('flac', ['-t', '--silent', join(folder, 'a.flac')]);
  if (flac.error === undefined) expect(flac.status).toBe(0);
});

test('a masked bundle is silent where the manifest masks, proves every other second, and says nothing that was said there', async () => {
  const verdict = await verifyZip(masked);
  expect(proved(verdict)).toContain(
    'Of the 10 seconds of both channels, 9 are proved to be what was recorded; 1 were left out',
  );
  const files = await readZip(masked);
  for (const [path, bytes] of files)
    if (path.endsWith('.json') || path.endsWith('.html') || path.endsWith('.txt'))
      expect(Buffer.from(bytes).toString().includes('4111111111111111'), path).toBe(false);
  const vcon = JSON.parse(Buffer.from(files.get('recording.vcon') ?? '').toString()) as { payload: string };
  expect(Buffer.from(vcon.payload, 'base64url').toString()).not.toContain('4111111111111111');
  // the hidden second of the customer, and no other, is silent
  const [left, right] = [new Int32Array(36_000), new Int32Array(36_000)];
  let at = 0;
  for (const [one, other] of openFlac(files.get('audio.flac') ?? new Uint8Array()).blocks()) {
    left.set(one ?? [], at);
    right.set(other ?? [], at);
    at += one?.length ?? 0;
  }
  const sounding = (samples: Int32Array, second: number): boolean =>
    samples.subarray(second * 8_000, (second + 1) * 8_000).some((sample) => sample !== 0);
  expect([0, 1, 2, 3, 4].map((second) => sounding(left, second))).toEqual([true, true, false, true, true]);
  expect([0, 1, 2, 3, 4].every((second) => sounding(right, second))).toBe(true);
});

test('with the national profile SM2 signs too, SM3 stands beside SHA-256, and what is not there is remarked', async () => {
  const verdict = await verifyZip(national);
  expect(proved(verdict)).toContain('sm2-sm3');
  const listing = JSON.parse(Buffer.from((await readZip(national)).get('bundle.json') ?? '').toString()) as {
    files: { sm3: string }[];
  };
  expect(listing.files.every(({ sm3 }) => /^[0-9a-f]{64}$/.test(sm3))).toBe(true);
  expect(verdict.ok && verdict.remarks.map(({ en }) => en).join()).toMatch(/No independent witness.*No time-stamping/s);
});

test('the key that the reader trusts is the only one that will do', async () => {
  const files = await readZip(whole);
  const { keys } = JSON.parse(Buffer.from(files.get('keys.json') ?? '').toString()) as {
    keys: { use: string; fingerprint: string }[];
  };
  const fingerprint = keys.find(({ use }) => use === 'manifest')?.fingerprint ?? '';
  expect((await verifyFiles(files, { fingerprints: [fingerprint] })).ok).toBe(true);
  expect(await verifyFiles(files, { fingerprints: ['0'.repeat(64)] })).toMatchObject({ ok: false, file: 'keys.json' });
});

/** Files that cannot vouch for themselves. */
const UNLISTED = new Set(['verify.mjs', 'verify.html']);

describe('mutations', () => {
  const namesOf = (verdict: Verdict): string => (verdict.ok ? 'verified' : `${verdict.file} ${verdict.problem.en}`);
  async function filesOf(zip: Buffer): Promise<Map<string, Uint8Array>> {
    return new Map(await readZip(zip));
  }

  test('a changed byte of any file is refused, and the file is named', async () => {
    for (const [zip, only, samples] of [
      [whole, /./, 12],
      [masked, /^(?:frames|redaction|transcript|bundle)\.json|audio/, 8],
      [national, /sig\.json|keys\.json|checkpoint|manifest|receipts|leak|frames|proof/, 16],
    ] as const) {
      const files = await filesOf(zip);
      for (const [path, bytes] of files) {
        if (UNLISTED.has(path) || !only.test(path)) continue;
        const dense = zip === whole && (path === 'bundle.sig.json' || path === 'keys.json') ? 8 : 1;
        const step = Math.max(1, Math.floor(bytes.length / (samples * dense)));
        for (let at = 0; at < bytes.length; at += step)
          for (const bit of [0x01, 0x20]) {
            const changed = Uint8Array.from(bytes);
            changed[at]! ^= bit;
            const verdict = await verifyFiles(new Map([...files, [path, changed]]));
            expect(namesOf(verdict), `${path}, byte ${at}`).toContain(path);
          }
      }
    }
  });

  test('cut, emptied, missing and added files are refused, and named', async () => {
    const files = await filesOf(whole);
    for (const [path, bytes] of files) {
      if (UNLISTED.has(path)) continue;
      for (const other of [bytes.subarray(0, -1), new Uint8Array(), Buffer.concat([bytes, Buffer.from('\n')])])
        expect(namesOf(await verifyFiles(new Map([...files, [path, other]]))), path).toContain(path);
      const without = new Map(files);
      without.delete(path);
      expect(namesOf(await verifyFiles(without)), path).toContain(path);
    }
    for (const path of ['extra.txt', 'timestamps/1.tsr', 'verify.js', '.DS_Store', 'certificates/9.cer', 'Audio.flac'])
      expect(namesOf(await verifyFiles(new Map([...files, [path, Buffer.from('x')]])))).toContain(path);
  });

  test('each member of each JSON file, changed, added or taken away, is refused, also when it is signed anew by nobody', async () => {
    const files = await filesOf(whole);
    for (const [path, bytes] of files) {
      if (!path.endsWith('.json')) continue;
      const value = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
      for (const key of Object.keys(value)) {
        const { [key]: _gone, ...rest } = value;
        const others = [{ ...value, [key]: 'changed' }, rest, { ...value, [`${key}_`]: 1 }];
        for (const other of others)
          expect(
            namesOf(await verifyFiles(new Map([...files, [path, Buffer.from(JSON.stringify(other))]]))),
            `${path} ${key}`,
          ).toContain(path);
      }
    }
  });

  test('base64 that decodes alike is refused where it stands', async () => {
    const files = await filesOf(whole);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const loosened = (text: string): string =>
      text.replace(
        /([A-Za-z0-9+/])(=+)"/,
        (_, last: string, pad: string) => `${alphabet[alphabet.indexOf(last) + 1]}${pad}"`,
      );
    for (const path of ['bundle.sig.json', 'manifest.sig.json', 'keys.json', 'proof.json']) {
      const text = Buffer.from(files.get(path) ?? '').toString();
      expect(loosened(text)).not.toBe(text);
      expect(namesOf(await verifyFiles(new Map([...files, [path, Buffer.from(loosened(text))]]))), path).toContain(
        path,
      );
    }
  });

  test('parts of another bundle are refused, even though each verifies by itself', async () => {
    const [files, others] = [await filesOf(whole), await filesOf(masked)];
    for (const [path, bytes] of others) {
      const own = files.get(path);
      if (own === undefined || Buffer.from(own).equals(Buffer.from(bytes))) continue;
      expect(namesOf(await verifyFiles(new Map([...files, [path, bytes]]))), path).toContain(path);
    }
  });
});

describe('a ZIP with two readings', () => {
  const refuses = async (zip: Uint8Array): Promise<string> => {
    const verdict = await verifyZip(zip);
    return verdict.ok ? 'verified' : `${verdict.file}: ${verdict.problem.en}`;
  };
  /** Changes the name of an entry, in its header and in the directory. */
  const renamed = (from: string, to: string): Buffer => {
    const zip = Buffer.from(whole);
    for (let at = zip.indexOf(from); at >= 0; at = zip.indexOf(from, at + 1))
      if (
        zip.readUInt32LE(at - 30 < 0 ? 0 : at - 30) === 0x04034b50 ||
        zip.readUInt32LE(Math.max(0, at - 46)) === 0x02014b50
      )
        zip.write(to, at, 'latin1');
    return zip;
  };

  test('names that lead out of the folder, or are there twice, are refused and named', async () => {
    for (const evil of ['../README.txt', '/README_e.txt', 'C:\\README.txt', 'README_\0n.txt', 'certs/../xx.t'])
      expect(await refuses(renamed('README_en.txt', evil.padEnd(13, 'x').slice(0, 13)))).toMatch(/plain|folder/);
    expect(await refuses(renamed('README_en.txt', 'README_zh.txt'))).toBe('README_zh.txt: there twice');
    expect(await refuses(renamed('README_en.txt', 'README_ZH.txt'))).toMatch(/README_(zh|ZH).txt: there twice/);
  });

  test('bytes before, between, behind and beside are refused', async () => {
    const x = Buffer.from('x');
    expect(await refuses(Buffer.concat([x, whole]))).not.toBe('verified');
    expect(await refuses(Buffer.concat([whole, x]))).not.toBe('verified');
    expect(await refuses(Buffer.concat([whole, whole]))).not.toBe('verified');
    expect(await refuses(whole.subarray(0, -1))).not.toBe('verified');
    expect(await refuses(Buffer.alloc(0))).not.toBe('verified');
    expect(await refuses(Buffer.from('PK'))).not.toBe('verified');
  });

  test('any changed byte of the ZIP is refused, or what it says is unchanged', async () => {
    const sound = await readZip(whole);
    const directory = whole.readUInt32LE(whole.length - 6);
    const places = [
      ...Array.from({ length: 60 }, (_, n) => n),
      ...Array.from({ length: Math.floor((whole.length - directory) / 3) }, (_, n) => directory + n * 3),
    ];
    for (const at of places) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0x01;
      const files = await readZip(changed).catch(() => undefined);
      // times and versions of entries mean nothing to what is in them
      if (files === undefined) continue;
      expect([...files.keys()], `byte ${at}`).toEqual([...sound.keys()]);
      for (const [path, bytes] of files)
        expect(Buffer.from(bytes).equals(Buffer.from(sound.get(path) ?? ''))).toBe(true);
    }
  });
});

test('in an unpacked folder the verifier names links, folders and files that were added', async () => {
  await unpack(whole);
  await symlink('/etc/hostname', join(folder, 'link.txt'));
  expect(runVerifier()).toMatchObject({ status: 1, stdout: expect.stringContaining('FAILED link.txt') as unknown });
  await rm(join(folder, 'link.txt'));
  await rm(join(folder, 'audio.flac'));
  await symlink('/etc/hostname', join(folder, 'audio.flac'));
  expect(runVerifier()).toMatchObject({ status: 1, stdout: expect.stringContaining('FAILED audio.flac') as unknown });
  expect(runVerifier('/nowhere')).toMatchObject({ status: 1, stderr: '/nowhere: there is no such folder\n' });
  expect(runVerifier(join(folder, 'bundle.json'), '--lang', 'zh').stderr).toContain('不是文件夹：请先解压');
  expect(runVerifier('--nonsense')).toMatchObject({ status: 64 });
  expect(runVerifier('--help').stdout).toMatch(/^usage: node verify\.mjs[^]*用法/);
});
