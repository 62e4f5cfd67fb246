import { isSameSecret } from '../../lib/same-secret.ts';

/** Whether a header is `Bearer TOKEN`, in a time that does not tell how much of it is right. */
export const isBearer = (header: unknown, token: string): boolean =>
  typeof header === 'string' && isSameSecret(header, `Bearer ${token}`);
