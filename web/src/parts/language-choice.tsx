import { Segmented } from 'antd';
import { type Language, useLanguage } from '../text/language.tsx';

export function LanguageChoice() {
  const { text, language, choose } = useLanguage();
  return (
    <Segmented<Language>
      aria-label={text.language}
      value={language}
      onChange={choose}
      options={[
        { value: 'zh', label: '中文' },
        { value: 'en', label: 'English' },
      ]}
    />
  );
}
