import { Spin } from 'antd';
import { useLanguage } from '../text/language.tsx';

export function Waiting() {
  const { text } = useLanguage();
  return (
    <div role="status" aria-label={text.loading} style={{ display: 'grid', placeItems: 'center', minHeight: 160 }}>
      <Spin />
    </div>
  );
}
