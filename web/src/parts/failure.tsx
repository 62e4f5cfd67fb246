import { Alert } from 'antd';
import { ApiError } from '../app/api.ts';
import type { Text } from '../text/en.ts';
import { useLanguage } from '../text/language.tsx';

/** What went wrong, in the reader's language where we have words for it, else in the server's. */
export function Failure({ error }: { readonly error: unknown }) {
  const { text } = useLanguage();
  if (error === undefined) return null;
  const message = said(error, text);
  return <Alert type="error" showIcon title={message} role="alert" style={{ marginBottom: 16 }} />;
}

function said(error: unknown, text: Text): string {
  if (error instanceof ApiError) {
    if (error.code === 'UNREACHABLE') return text.unreachable;
    return text.errors[`${error.code} ${error.because}`] ?? text.errors[error.code] ?? error.message;
  }
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : text.unreachable;
}
