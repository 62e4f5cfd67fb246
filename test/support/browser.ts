import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Without its own traffic, as root, on a closed network; sound may begin without a click. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];
export const PAGES = join(import.meta.dirname, '../../dist/web');

export const openBrowser = (more: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: [...FLAGS, ...more] });

/** @param wav - what its microphone hears, over and over */
export const openBrowserWithMicrophone = (wav: string): Promise<Browser> =>
  openBrowser([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${wav}`,
    '--allow-loopback-in-peer-connection', // where this machine has no other address
  ]);

/** After each test of those that share the browser: what they opened, and their connections with it. */
export async function closePages(browser: Browser): Promise<void> {
  await Promise.all(browser.contexts().map((context) => context.close()));
}

export interface Watched {
  readonly page: Page;
  /** Requests to anywhere but the server. */
  readonly elsewhere: readonly string[];
  /** Errors of scripts, refusals of the content security policy, files that are not there. */
  readonly broken: readonly string[];
}

const WIDE = { width: 1360, height: 900 };

function sessionCookie(cookie: string, url: string) {
  const [name = '', value = ''] = cookie.split('=');
  return { name, value, url, httpOnly: true, sameSite: 'Strict' as const };
}

export async function watchedPage(
  browser: Browser,
  address: string,
  options: { readonly locale?: string; readonly cookie?: string } = {},
): Promise<Watched & { readonly elsewhere: string[]; readonly broken: string[] }> {
  const context = await browser.newContext({
    viewport: WIDE,
    locale: options.locale ?? 'en-GB',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce', // nothing is waited for that only moves
  });
  if (options.cookie !== undefined) await context.addCookies([sessionCookie(options.cookie, address)]);
  const page = await context.newPage();
  const elsewhere: string[] = [];
  const broken: string[] = [];
  page.on('request', (request) => {
    if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(address)) elsewhere.push(request.url());
  });
  page.on('console', (message) => {
    // of a picture that is a page of its own the browser asks for an icon
    if (message.location().url.endsWith('/favicon.ico')) return;
    if (message.type() === 'error' || message.type() === 'warning') broken.push(message.text());
  });
  page.on('pageerror', (error) => broken.push(error.message));
  return { page, elsewhere, broken };
}

export interface Visitor extends AsyncDisposable {
  /** From now on somebody else, whose session this is, who has seen nothing yet. */
  as(cookie: string): Promise<Watched>;
}

const iconOf = async (): Promise<string> =>
  /href="([^"]+\.svg)"/.exec(await readFile(join(PAGES, 'index.html'), 'utf8'))?.[1] ?? '/console/';

/** One page for one person after the other: what it has loaded and compiled for the first serves them all. */
export async function openVisitor(browser: Browser, address: string, locale: string): Promise<Visitor> {
  const { page, elsewhere, broken } = await watchedPage(browser, address, { locale });
  const context = page.context();
  return {
    async as(cookie) {
      // what the page before still asks for is told to nobody; a picture of the same site, so that the process stays, with what it has compiled
      await page.goto(`${address}${await iconOf()}`);
      await context.clearCookies();
      await context.addCookies([sessionCookie(cookie, address)]);
      await page.setViewportSize(WIDE);
      elsewhere.length = 0;
      broken.length = 0;
      return { page, elsewhere, broken };
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** For whoever wants to look: outside the repository. */
export async function look(page: Page, name: string): Promise<void> {
  const folder = process.env['TELLERLINE_TEST_SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
