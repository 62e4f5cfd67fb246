import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { hasPeer } from '../support/peers.ts';
import { openTestApp } from '../support/test-app.ts';

/** Without its own traffic, as root, on a closed network. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

test.skipIf(!hasPeer('chromium'))(
  'the API page works in a browser and loads nothing from elsewhere',
  async () => {
    await using bank = await openTestApp();
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
    try {
      const page = await browser.newPage({
        viewport: { width: 1200, height: 900 },
        httpCredentials: { username: 'anybody', password: bank.app.token },
      });
      const elsewhere: string[] = [];
      const broken: string[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(bank.app.http) && !request.url().startsWith('data:'))
          elsewhere.push(request.url());
      });
      page.on('console', (message) => {
        if (message.type() === 'error') broken.push(message.text());
      });
      page.on('pageerror', (error) => broken.push(error.message));
      await page.goto(`${bank.app.http}/docs`);
      await page.getByText('/api/calls/{contact}', { exact: false }).first().waitFor();
      await page.getByText('/api/calls', { exact: true }).first().click();
      await page.getByText('Calls, newest first').first().waitFor();
      const screenshot = process.env['TELLERLINE_TEST_SCREENSHOT'];
      if (screenshot !== undefined) await page.screenshot({ path: screenshot });
      expect(elsewhere).toEqual([]);
      expect(broken).toEqual([]);
    } finally {
      await browser.close();
    }
  },
  60_000,
);
