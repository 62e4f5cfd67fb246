import { asError, type ErrorCode, IvrError, type SafeFacts } from '../../domain/error.ts';

/** An error as it goes from the speech worker to the main thread. */
export interface RemoteError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: SafeFacts;
}

export const toRemoteError = (thrown: unknown, otherwise: ErrorCode): RemoteError =>
  thrown instanceof IvrError
    ? { code: thrown.code, message: thrown.message, facts: thrown.facts }
    : { code: otherwise, message: asError(thrown).message, facts: {} };

export const fromRemoteError = ({ code, message, facts }: RemoteError): IvrError => new IvrError(code, message, facts);
