import { useState } from 'react';

/** Something that is done by the server: whether it is under way, and what went wrong. */
export function useAction<A extends readonly unknown[]>(
  work: (...given: A) => Promise<void>,
): { readonly run: (...given: A) => void; readonly busy: boolean; readonly error: unknown } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = (...given: A): void => {
    setBusy(true);
    setError(undefined);
    work(...given)
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return { run, busy, error };
}
