/**
 * The file that a worker thread or child process starts from. Those run the built product: from `src/` (under the test
 * runner) the same file of `dist/` is meant.
 *
 * @param from - the caller's `import.meta.url`
 * @param name - './media-worker.js', relative to the caller
 */
export function entryPoint(from: string, name: string): URL {
  const url = new URL(name, from);
  if (!from.endsWith('.ts')) return url;
  url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, '/dist/');
  return url;
}
