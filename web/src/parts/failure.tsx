import { Alert } from 'antd';
import { ApiError } from '../app/api.ts';
import { useLanguage } from '../text/language.tsx';

/** What went wrong, in the server's words. */
export function Failure({ error }: { readonly error: unknown }) {
  const { text } = useLanguage();
  if (error === undefined) return null;
  const message =
    error instanceof ApiError && error.code === 'UNREACHABLE'
      ? text.unreachable
      : error instanceof Error
        ? error.message
        : typeof error === 'string'
          ? error
          : text.unreachable;
  return <Alert type="error" showIcon title={message} role="alert" style={{ marginBottom: 16 }} />;
}
