import { readFile } from 'node:fs/promises';
import type { BundleTools } from './bundle.ts';

/** The two verifiers as `npm run build` made them. @param folder - `dist/verify` */
export async function readVerifiers(folder: URL): Promise<BundleTools['verifiers']> {
  const [mjs, html] = await Promise.all(['verify.mjs', 'verify.html'].map((name) => readFile(new URL(name, folder))));
  return { mjs: mjs ?? new Uint8Array(), html: html ?? new Uint8Array() };
}
