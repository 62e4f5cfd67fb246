import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { writeBundle } from '../../../src/archive/export/write-bundle.ts';
import { type BundleFixture } from '../../support/archive/bundle-source.ts';

export const VERIFIER = fileURLToPath(new URL('../../../dist/verify/verify.mjs', import.meta.url));

export async function zipOf({ source, request, tools }: BundleFixture): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      pieces.push(chunk);
      done();
    },
  });
  const written = await writeBundle(source, request, tools, output);
  const zip = Buffer.concat(pieces);
  expect(written.bytes).toBe(zip.length);
  return zip;
}
