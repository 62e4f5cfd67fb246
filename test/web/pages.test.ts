import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { closePages, look, openBrowser, openVisitor, PAGES, watchedPage } from '../support/browser.ts';
import { type Client, openTestConsole, type TestConsole } from '../support/console.ts';
import { recordingRow } from '../support/memory-recordings.ts';
import { hasPeer } from '../support/peers.ts';
import { codeOf, PASSWORD } from '../support/staff.ts';
import { poorContrasts, SPOKEN_ICONS } from './rendered-contrast.ts';

const RECORDING = recordingRow(0).id;

describe.skipIf(!hasPeer('chromium'))('the console in a browser', () => {
  let bank: TestConsole;
  let browser: Browser;
  const people = {} as Record<'compliance' | 'legal' | 'privacy' | 'auditor' | 'administrator' | 'supervisor', Client>;
  beforeAll(async () => {
    browser = await openBrowser();
    bank = await openTestConsole({ pages: PAGES });
    for (const role of ['compliance', 'legal', 'privacy', 'auditor', 'administrator', 'supervisor'] as const)
      people[role] = await bank.client(role);
  });
  afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser?.close();
    await bank?.[Symbol.asyncDispose]();
  });
  const open = (who: Client | undefined, locale = 'en-GB') =>
    watchedPage(browser, bank.web.address, { locale, ...(who === undefined ? {} : { cookie: who.cookie }) });

  test('the first sign-in: password, enrolment, recovery codes, a password of one’s own', async () => {
    await bank.staff.accounts.add({
      name: 'first.one',
      fullName: 'First One',
      password: PASSWORD,
      roles: ['compliance'],
    });
    const { page, elsewhere, broken } = await open(undefined);
    await page.goto(`${bank.web.address}/console`);
    await look(page, 'sign-in-en');
    await page.getByLabel('Name').fill('first.one');
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('wrong').first().waitFor();
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    const secret = (await page.locator('code').first().innerText()).replaceAll(/\s/g, '');
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    await look(page, 'enrolment-en');
    await page.getByLabel('Code', { exact: true }).fill(codeOf(secret, bank.clock.wall()));
    await page.keyboard.press('Enter');
    await page.getByText('Recovery codes').waitFor();
    expect(await page.locator('.recovery-codes li').count()).toBe(10);
    await look(page, 'recovery-en');
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.getByLabel('New password', { exact: true }).fill('a password of my own');
    await page.getByLabel('New password again').fill('a password of my own');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Find recordings' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(elsewhere).toEqual([]);
    // what the browser itself writes of an answer of 401
    expect(broken.filter((text) => !text.includes('401'))).toEqual([]);
  });

  const VISITS: readonly (readonly [who: keyof typeof people, path: string, en: string, zh: string])[] = [
    ['compliance', 'search', 'Find recordings', '查找录音'],
    ['compliance', 'requests', 'Four-eyes requests', '双人复核'],
    ['legal', 'exports', 'Exports', '导出包'],
    ['legal', 'holds', 'Legal holds', '法律保全'],
    ['privacy', 'destruction', 'Destruction', '到期销毁'],
    ['compliance', 'policies', 'Retention policies', '保存期限'],
    ['compliance', 'completeness', 'Completeness', '完整性'],
    ['auditor', 'audit', 'Audit trail', '审计记录'],
    ['auditor', 'break-glass', 'Break-glass accesses', '紧急访问'],
    ['administrator', 'accounts', 'Staff accounts', '员工账号'],
  ];
  test.each(['en', 'zh'] as const)(
    'every page in %s, on a wide and on a narrow screen: in that language, nothing from elsewhere, nothing broken, one heading, named controls',
    async (language) => {
      await people.legal.send('POST', '/api/archive/requests', {
        action: 'recording.export',
        targets: [RECORDING],
        terms: { masked: true },
        purpose: 'request of the court',
        ticket: 'C-7',
      });
      await people.supervisor.send('POST', '/api/staff/break-glass', {
        recording: RECORDING,
        purpose: 'a threat was heard',
        ticket: '',
      });
      await using visitor = await openVisitor(browser, bank.web.address, language === 'zh' ? 'zh-CN' : 'en-GB');
      for (const [who, path, en, zh] of VISITS) {
        const { page, elsewhere, broken } = await visitor.as(people[who].cookie);
        await page.goto(`${bank.web.address}/console/${path}`);
        await page.getByRole('heading', { level: 1, name: language === 'zh' ? zh : en }).waitFor();
        await page.waitForLoadState('networkidle');
        await look(page, `${path}-${language}`);
        expect(await page.locator(SPOKEN_ICONS).count(), path).toBe(0);
        const shown = await page.locator('body').innerText();
        expect(shown, path).not.toMatch(/undefined|\[object|NaN|Invalid Date/);
        if (language === 'zh')
          for (const heading of await page.locator('h1, h2, th, button').allInnerTexts())
            expect(heading, path).toMatch(/^(?:[^A-Za-z]*|.*[\u3400-\u9fff].*|.*English.*)$/s);
        expect(await poorContrasts(page), path).toEqual([]);
        expect(await page.getByRole('heading', { level: 1 }).count(), path).toBe(1);
        expect(await page.locator('html').getAttribute('lang')).toBe(language === 'zh' ? 'zh-CN' : 'en-GB');
        const nameless = await page
          .locator('button, a[href], input:not([type=hidden]), [role=slider]')
          .evaluateAll((controls) =>
            controls
              .filter((control) => {
                const labels =
                  control instanceof HTMLInputElement
                    ? [...(control.labels ?? [])].map((label) => label.textContent ?? '')
                    : [];
                const name = [
                  control.getAttribute('aria-label') ?? '',
                  control.getAttribute('title') ?? '',
                  control.textContent ?? '',
                  control.querySelector('[aria-label]')?.getAttribute('aria-label') ?? '',
                  ...labels,
                ]
                  .join('')
                  .trim();
                return (
                  name === '' &&
                  control.getAttribute('aria-hidden') !== 'true' &&
                  control.getAttribute('aria-labelledby') === null
                );
              })
              .map((control) => control.outerHTML.slice(0, 160)),
          );
        expect(nameless, path).toEqual([]);
        await page.setViewportSize({ width: 390, height: 844 });
        await look(page, `${path}-${language}-narrow`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow, `${path} is wider than a narrow screen`).toBeLessThanOrEqual(0);
        expect(elsewhere, path).toEqual([]);
        expect(broken, path).toEqual([]);
      }
    },
    240_000,
  );

  test('a role sees its pages alone; another’s address leads nowhere', async () => {
    const { page } = await open(people.administrator);
    await page.goto(`${bank.web.address}/console/`);
    await page.getByRole('heading', { level: 1, name: 'Completeness' }).waitFor();
    expect(await page.getByRole('navigation').getByRole('link').allInnerTexts()).toEqual([
      'Completeness',
      'Staff accounts',
    ]);
    await page.goto(`${bank.web.address}/console/audit`);
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
  });

  test('by keyboard alone: the skip link, the search, a saved search, the way to a recording', async () => {
    const { page } = await open(people.compliance);
    await page.goto(`${bank.web.address}/console/search`);
    await page.getByText('120 recordings').or(page.getByText('119 recordings')).waitFor();
    await page.getByLabel('Queue', { exact: true }).focus();
    await page.keyboard.type('loans');
    await page.keyboard.press('Enter');
    await page.getByText('59 recordings').waitFor();
    await page.getByLabel('Save this search as').focus();
    await page.keyboard.type('my loans');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'my loans', exact: true }).waitFor();
    await page.getByRole('row').nth(1).getByRole('link').focus();
    await page.keyboard.press('Enter');
    await page.getByText('What do you need it for?').waitFor();
  });

  test.each(['en', 'zh'] as const)(
    'what was: versions of a policy, and destructions page after page, in %s',
    async (language) => {
      const say = (en: string, zh: string): string => (language === 'zh' ? zh : en);
      await using visitor = await openVisitor(browser, bank.web.address, language === 'zh' ? 'zh-CN' : 'en-GB');
      const { page, broken } = await visitor.as(people.compliance.cookie);
      await page.goto(`${bank.web.address}/console/policies`);
      await page
        .getByRole('button', { name: say('History', '历史') })
        .first()
        .click();
      const drawer = page.getByRole('dialog');
      await drawer.getByText(say('Version 1', '版本 1')).waitFor();
      await drawer.getByText(say('Version 2', '版本 2')).waitFor();
      await look(page, `policy-history-${language}`);
      await page.goto(`${bank.web.address}/console/destruction`);
      const more = page.getByRole('button', { name: say('Show more', '显示更多') });
      await more.click();
      await page.getByText('earlier-129').waitFor();
      await more.waitFor({ state: 'detached' });
      await look(page, `destruction-history-${language}`);
      expect(broken).toEqual([]);
    },
    120_000,
  );
});
