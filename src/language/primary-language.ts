/** The language of a BCP 47 tag without script, region and whatever else it says, in lower case: 'zh' of zh-Hans-CN (RFC 5646, section 2.2.1). */
export const primaryLanguage = (tag: string): string => tag.toLowerCase().split('-')[0] ?? '';
