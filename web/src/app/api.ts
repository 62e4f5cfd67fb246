/* The console's way to the server: same origin, JSON, our header. */

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  /** Of a refusal: which rule. */
  readonly because: string;

  constructor(status: number, code: string, message: string, because = '') {
    super(message);
    this.status = status;
    this.code = code;
    this.because = because;
  }
}

let onSignedOut: () => void = () => undefined;
/** Whoever shows the sign-in page is told when the session has ended. */
export const whenSignedOut = (tell: () => void): void => {
  onSignedOut = tell;
};

const atEnd = new Set<() => void>();
/** Whatever lives beside the pages ends with the session: signed out, or signed in as somebody else. @returns the way to be told no more */
export function whenSessionEnds(end: () => void): () => void {
  atEnd.add(end);
  return () => atEnd.delete(end);
}
export function endSession(): void {
  for (const end of atEnd) end();
  atEnd.clear();
}

/** @throws ApiError with the server's own words */
export async function call<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T> {
  const reply = await fetch(path, {
    method,
    credentials: 'same-origin',
    headers: { 'X-Tellerline-Console': '1', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError(0, 'UNREACHABLE', '');
  });
  const answer: unknown = await reply.json().catch(() => ({}));
  if (reply.ok) return answer as T;
  const {
    error = 'INTERNAL',
    message = '',
    because = '',
  } = answer as { error?: string; message?: string; because?: string };
  if (error === 'SIGN_IN_REQUIRED') {
    endSession();
    onSignedOut();
  }
  throw new ApiError(reply.status, error, message, because);
}
