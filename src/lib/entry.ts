/** Of this code: `src/` under the test runner's own compiler, `build/` where it runs what was compiled, `dist/` in the product. */
const HOME = new URL('..', import.meta.url).pathname;

/**
 * The file that a worker thread or child process starts from. Those run the built product: from `src/` and `build/` (under the test runner)
 * the same file of `dist/` is meant.
 *
 * @param from - the caller's `import.meta.url`
 * @param name - './media-worker.js', relative to the caller
 */
export function entryPoint(from: string, name: string): URL {
  const url = new URL(name, from);
  if (from.endsWith('.ts')) url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, '/dist/');
  else if (HOME.endsWith('/build/')) url.pathname = url.pathname.replace(HOME, HOME.replace(/build\/$/, 'dist/'));
  return url;
}
