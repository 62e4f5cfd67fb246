import type { Signature, SignedText, Signer } from './signer.ts';

/** Signs the UTF-8 bytes of a text with each key. */
export async function signText(text: string, signers: readonly Signer[]): Promise<SignedText> {
  const signatures: Signature[] = [];
  for (const signer of signers) {
    const value = await signer.sign(Buffer.from(text));
    signatures.push({ algorithm: signer.algorithm, key: signer.keyId, value: Buffer.from(value).toString('base64') });
  }
  return { text, signatures };
}
