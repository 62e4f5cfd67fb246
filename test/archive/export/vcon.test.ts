import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Compile } from 'typebox/schema';
import { expect, test } from 'vitest';
import { makeVcon, signVcon } from '../../../src/archive/export/make-vcon.ts';
import { bundleContent } from '../../../src/archive/export/bundle-content.ts';
import type { ArchivedManifest } from '../../../src/archive/manifest/archived-manifest.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { makeBundleFixture } from '../../support/archive/bundle-source.ts';
import { generateKeyPairSync } from 'node:crypto';

interface Jws {
  readonly payload: string;
  readonly signatures: readonly {
    readonly protected: string;
    readonly header: { readonly x5c: readonly string[]; readonly uuid: string };
    readonly signature: string;
  }[];
}

const schema = Compile(JSON.parse(await readFile(new URL('vcon.schema.json', import.meta.url), 'utf8')) as object);
const errorsOf = (vcon: unknown): unknown => schema.Errors(vcon)[1];

async function vconOf(options: Parameters<typeof makeBundleFixture>[0]): Promise<string> {
  const { source, request, tools } = await makeBundleFixture({ ...options, bare: true });
  const { files } = await bundleContent(source, request, tools);
  return Buffer.from(files.get('recording.vcon') ?? '').toString();
}
const payloadOf = (jws: Jws): Record<string, unknown> =>
  JSON.parse(Buffer.from(jws.payload, 'base64url').toString()) as Record<string, unknown>;

test.each([{}, { masked: true }, { national: true }])(
  'the vCon of a bundle %j is valid by the draft, and other programs verify its JWS',
  async (options) => {
    const text = await vconOf(options);
    const jws = JSON.parse(text) as Jws;
    const vcon = payloadOf(jws);
    expect(errorsOf(vcon)).toEqual([]);
    const [signature] = jws.signatures;
    if (signature === undefined) throw new Error('there is no signature');
    expect(signature.header.uuid).toBe(vcon['uuid']);
    // RFC 7515 section 7.2.1: the names of both headers are disjoint
    const own = JSON.parse(Buffer.from(signature.protected, 'base64url').toString()) as object;
    expect(Object.keys(own).filter((name) => name in signature.header)).toEqual([]);
    await verifiedByOpenssl(jws);
    verifiedByJwcrypto(text);
  },
);

test('audio that is too large to be inline is named by its SHA-512, and that is valid too', async () => {
  const { source } = await makeBundleFixture({ bare: true });
  const manifest = JSON.parse(source.manifest.text) as ArchivedManifest;
  const vcon = makeVcon({
    manifest,
    manifestText: source.manifest.text,
    flac: Buffer.alloc(11 * 2 ** 20),
    redacted: false,
    transcript: undefined,
    madeAt: '2026-03-02T08:00:00.000Z',
    software: 'Tellerline',
  });
  expect(errorsOf(vcon)).toEqual([]);
  const signed = await signVcon(vcon, ed25519Signer(generateKeyPairSync('ed25519').privateKey));
  expect(payloadOf(JSON.parse(signed) as Jws)).toMatchObject({
    dialog: [{ content_hash: expect.stringMatching(/^sha512-/) as string }],
  });
});

test('the schema refuses what the draft does not have', async () => {
  const vcon = payloadOf(JSON.parse(await vconOf({})) as Jws);
  const [dialog] = vcon['dialog'] as Record<string, unknown>[];
  const { body: _body, ...withoutBody } = dialog ?? {};
  for (const wrong of [
    { ...vcon, vcon: '0.0.2' },
    { ...vcon, uuid: '01890a5d-ac96-774b-bcce-b302099a8057' },
    { ...vcon, created_at: 'yesterday' },
    { ...vcon, colour: 'blue' },
    { ...vcon, parties: [] },
    { ...vcon, dialog: [withoutBody] },
    { ...vcon, dialog: [{ ...dialog, content_hash: `sha512-${'A'.repeat(86)}` }] },
    { ...vcon, dialog: [{ ...dialog, encoding: 'base64' }] },
    { ...vcon, attachments: [{ body: '', encoding: 'none' }] },
  ])
    expect(schema.Check(wrong), JSON.stringify(wrong).slice(0, 200)).toBe(false);
});

/** By the key of the certificate in `x5c`, over the bytes that RFC 7515 section 5.2 says. */
async function verifiedByOpenssl({ payload, signatures: [signature] }: Jws): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-vcon-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): number => spawnSync('openssl', args, { stdio: 'ignore' }).status ?? -1;
  try {
    await writeFile(file('certificate'), Buffer.from(signature?.header.x5c[0] ?? '', 'base64'));
    await writeFile(file('message'), `${signature?.protected}.${payload}`);
    await writeFile(file('signature'), Buffer.from(signature?.signature ?? '', 'base64url'));
    const key = spawnSync('openssl', ['x509', '-inform', 'DER', '-in', file('certificate'), '-noout', '-pubkey']);
    await writeFile(file('key.pem'), key.stdout);
    const verify = (): number =>
      openssl(
        ...`pkeyutl -verify -pubin -inkey ${file('key.pem')} -rawin -in ${file('message')} -sigfile ${file('signature')}`.split(
          ' ',
        ),
      );
    expect(verify()).toBe(0);
    await writeFile(file('message'), `${signature?.protected}.${payload}A`);
    expect(verify()).not.toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const JWCRYPTO = `
import base64, json, sys
from cryptography import x509
from jwcrypto import jwk, jws
text = sys.stdin.read()
cert = base64.b64decode(json.loads(text)['signatures'][0]['header']['x5c'][0])
key = jwk.JWK.from_pyca(x509.load_der_x509_certificate(cert).public_key())
token = jws.JWS()
token.deserialize(text, key)
print(json.loads(token.payload)['vcon'])
`;

/** A JOSE library of others, where it is installed. */
function verifiedByJwcrypto(text: string): void {
  const there = spawnSync('python3', ['-c', 'import jwcrypto, cryptography']).status === 0;
  if (!there) return;
  const { stdout, stderr } = spawnSync('python3', ['-c', JWCRYPTO], { input: text, encoding: 'utf8' });
  expect([stdout.trim(), stderr]).toEqual(['0.4.0', '']);
}
