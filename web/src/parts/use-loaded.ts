import { useCallback, useEffect, useState } from 'react';
import { call } from '../app/api.ts';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  readonly reload: () => Promise<void>;
}

/**
 * What a GET answers; an answer that comes late, to an address that is not wanted any more, is dropped.
 *
 * @param by - asked for again whenever this changes; what was answered before stays meanwhile
 */
export function useLoaded<T>(path: string | undefined, by?: string): Loaded<T> {
  const [state, setState] = useState<{ readonly path?: string; readonly value?: T; readonly error?: unknown }>({});
  const load = useCallback(async (): Promise<void> => {
    if (path === undefined) return;
    try {
      setState({ path, value: await call<T>('GET', path) });
    } catch (error) {
      setState({ path, error });
    }
  }, [path]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: also whenever `by` changes
  useEffect(() => {
    void load();
  }, [load, by]);
  const current = state.path === path ? state : {};
  return {
    value: current.value,
    error: current.error,
    loading: path !== undefined && state.path !== path,
    reload: load,
  };
}
