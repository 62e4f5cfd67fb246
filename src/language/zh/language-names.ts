/** How Mandarin speakers ask for a language, by its ISO 639-1 code. */
export const ASKED_IN_CHINESE: Readonly<Record<string, readonly string[]>> = {
  en: ['英文', '英语', '说英文', '说英语', '讲英文', '讲英语', '请说英文', '请说英语', '用英文', '用英语', '英语服务'],
  zh: ['中文', '普通话', '说中文', '说普通话', '讲中文', '讲普通话', '请说中文', '请说普通话', '用中文', '中文服务'],
};
