import { createHash } from 'node:crypto';
import { canonicalJson } from '../../lib/canonical-json.ts';
import type { BundleKey, BundleSource } from './bundle.ts';

/** proof.json and what it points to: checkpoint, keys, time stamps and certificates. */
export function bundleProof(source: BundleSource): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>([
    ['checkpoint.txt', Buffer.from(source.checkpoint.note)],
    ['keys.json', Buffer.from(canonicalJson({ keys: source.keys.map(describeKey) }))],
  ]);
  const stamps = source.timeStamps.map(({ authority, note, token, proof }, n) => {
    const [notePath, tokenPath] = [`timestamps/${n}.txt`, `timestamps/${n}.tsr`];
    files.set(notePath, Buffer.from(note));
    files.set(tokenPath, token);
    return { authority, note: notePath, token: tokenPath, proof: proof.map(base64) };
  });
  for (const [n, certificate] of source.certificates.entries()) files.set(`certificates/${n}.cer`, certificate);
  const leaves = source.leaves.map(({ leaf, index, path }) => ({
    type: leaf.type,
    digest: Buffer.from(leaf.digest).toString('hex'),
    index,
    path: path.map(base64),
  }));
  files.set('proof.json', Buffer.from(canonicalJson({ leaves, time_stamps: stamps })));
  return files;
}

function describeKey({ use, name, publicKey }: BundleKey): Record<string, string> {
  return {
    use,
    name,
    algorithm: publicKey.length === 44 ? 'ed25519' : 'sm2-sm3',
    fingerprint: createHash('sha256').update(publicKey).digest('hex'),
    spki: base64(publicKey),
  };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
