/**
 * Lets timers, sockets and whatever else is ready run first. For answers that may come at once and lead to the next
 * question: a chain of promises alone would keep the event loop for as long as it goes on.
 */
export const othersRun = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
