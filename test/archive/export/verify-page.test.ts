import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { writeBundle } from '../../../src/archive/export/write-bundle.ts';
import { makeBundleFixture } from '../../support/archive/bundle-source.ts';

const CHROMIUM = '/usr/bin/chromium';
const PAGE = new URL('../../../dist/verify/verify.html', import.meta.url);

test.skipIf(!existsSync(CHROMIUM))(
  'verify.html, opened from disk in Chromium, proves a bundle and names what was changed, in both languages, and loads nothing',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tellerline-page-'));
    const pieces: Buffer[] = [];
    const { source, request, tools } = await makeBundleFixture({ national: true });
    await writeBundle(
      source,
      request,
      tools,
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          pieces.push(chunk);
          done();
        },
      }),
    );
    const zip = Buffer.concat(pieces);
    const changed = Buffer.from(zip);
    const at = zip.indexOf('fLaC') + 5_000;
    changed[at]! ^= 1;
    await writeFile(join(folder, 'good.zip'), zip);
    await writeFile(join(folder, 'bad.zip'), changed);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage({ locale: 'en-GB' });
      const requests: string[] = [];
      page.on('request', (one) => requests.push(one.url()));
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      await page.goto(PAGE.href);
      await page.setInputFiles('#file', join(folder, 'good.zip'));
      await page.waitForSelector('#result.good', { timeout: 15_000 });
      const text = await page.textContent('#result');
      expect(text).toContain('bit for bit');
      expect(text).toContain('RECORDING is leaf');
      expect(text).toContain('sm2-sm3');
      expect(text).toContain('Test TSA stamped');
      await page.click('#language');
      expect(await page.textContent('#result')).toContain('与归档内容逐位一致');
      await page.setInputFiles('#file', join(folder, 'bad.zip'));
      await page.waitForSelector('#result.bad', { timeout: 15_000 });
      expect(await page.textContent('#result')).toContain('audio.flac: 已损坏：长度或校验和不符');
      expect(errors).toEqual([]);
      expect(requests.filter((url) => url !== `file://${fileURLToPath(PAGE)}`)).toEqual([]);
    } finally {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
