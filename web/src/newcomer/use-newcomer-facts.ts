import { useEffect, useState } from 'react';
import type { DemoCustomer } from '../../../src/http/browser/demo-customer.ts';
import { call } from '../app/api.ts';

export interface NewcomerFacts {
  readonly version: string;
  readonly accounts: boolean;
  readonly customer: DemoCustomer | null;
}

/** What the server says of itself; undefined until it has. */
export function useNewcomerFacts(): NewcomerFacts | undefined {
  const [facts, setFacts] = useState<NewcomerFacts>();
  useEffect(() => {
    call<NewcomerFacts>('GET', '/api/newcomer').then(setFacts, () => undefined);
  }, []);
  return facts;
}
