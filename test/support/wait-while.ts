/**
 * Waits as long as something holds that nothing announces, and no longer than `limit`. Where there is an event, wait for it.
 *
 * @throws Error that quotes the condition
 */
export async function waitWhile(condition: () => boolean | Promise<boolean>, limit = 60_000): Promise<void> {
  const until = performance.now() + limit;
  while (await condition()) {
    if (performance.now() > until) throw new Error(`after ${limit} ms it still holds: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
