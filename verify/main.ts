#!/usr/bin/env node
import { lstat, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Statement } from '../src/verify/verdict.ts';
import { verifyFiles } from '../src/verify/verify-bundle.ts';

/*
 * node verify.mjs [FOLDER]: verifies an export bundle that was unpacked. Needs nothing but Node.js 20. Exit status 0: all
 * of it is proved; 1: something is wrong, and the file is named.
 */

const USAGE = 'usage: node verify.mjs [FOLDER] [--lang en|zh] [--key FINGERPRINT]...\n';
const HELP = `${USAGE}
Proves an export bundle that was unpacked into FOLDER (the folder of this file, unless another is named); nothing leaves
this computer. Exit status 0: all of it is proved; 1: something is wrong, and the file is named; 64: not understood.
--key FINGERPRINT   accepts bundles of that signing key alone, as the bank has published it

用法：node verify.mjs [文件夹] [--lang en|zh] [--key 指纹]...
验证已解压的导出包（默认为本文件所在的文件夹），数据不会离开本机。退出码 0：全部已证明；1：有误，并指出是哪个文件；64：参数有误。
--key 指纹          只接受该签名密钥（以银行公布的为准）的导出包
`;

const UNREADABLE: Readonly<Record<string, Statement>> = {
  ENOENT: { en: 'there is no such folder', zh: '没有这个文件夹' },
  ENOTDIR: {
    en: 'not a folder: unpack the ZIP file and name the folder, or open verify.html and choose it there',
    zh: '不是文件夹：请先解压 ZIP 文件再指定文件夹，或打开 verify.html 并在其中选择 ZIP 文件',
  },
};

/** Anything but a plain file is given as one without content that nobody has signed. */
async function readFolder(root: string, below = ''): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of (await readdir(join(root, below))).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const entry = await lstat(join(root, path));
    if (entry.isDirectory()) for (const [inner, bytes] of await readFolder(root, path)) files.set(inner, bytes);
    else
      files.set(
        entry.isFile() ? path : `${path} (not a file)`,
        entry.isFile() ? await readFile(join(root, path)) : new Uint8Array(),
      );
  }
  return files;
}

async function main(): Promise<number> {
  let folder: string;
  let lang: string;
  let fingerprints: string[];
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        lang: { type: 'string' },
        key: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      return 0;
    }
    if (positionals.length > 1) throw new Error('more than one folder');
    folder = positionals[0] ?? dirname(fileURLToPath(import.meta.url));
    lang = values.lang ?? ((process.env['LC_ALL'] ?? process.env['LANG'] ?? '').startsWith('zh') ? 'zh' : 'en');
    fingerprints = values.key ?? [];
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n${USAGE}`);
    return 64;
  }
  const say = (statement: Statement): string => (lang === 'zh' ? statement.zh : statement.en);
  let files: Map<string, Uint8Array>;
  try {
    files = await readFolder(folder);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    process.stderr.write(
      `${folder}: ${say(UNREADABLE[code] ?? { en: `cannot be read: ${code}`, zh: `无法读取：${code}` })}\n`,
    );
    return 1;
  }
  const verdict = await verifyFiles(files, { fingerprints });
  if (!verdict.ok) {
    process.stdout.write(`${lang === 'zh' ? '未通过' : 'FAILED'} ${verdict.file}: ${say(verdict.problem)}\n`);
    return 1;
  }
  for (const statement of verdict.proved)
    process.stdout.write(`${lang === 'zh' ? '已证明' : 'proved'}  ${say(statement)}\n`);
  for (const statement of verdict.remarks)
    process.stdout.write(`${lang === 'zh' ? '提示' : 'note'}    ${say(statement)}\n`);
  return 0;
}

process.exitCode = await main();
