/** What a voice is asked to say, for a recognizer to listen whether it is understood. */
export const SAMPLE_SENTENCES: readonly string[] = [
  '您好，欢迎致电客户服务热线。',
  '请说出您的银行卡号码。',
  '请问您需要什么帮助？',
];

/**
 * Shown to a recognizer as what was written before: it asks for simplified characters and punctuation. Bank words here would
 * be heard everywhere.
 */
export const WRITTEN_BEFORE = '以下是普通话的句子。';
