/** What the compiler itself has to say in Chinese, where a dialplan does not. */
export const CHINESE = {
  notReached: '对不起，系统暂时无法查询。',
  oneMoment: '请稍等。',
  stillLooking: '对不起，让您久等了，我还在查询。',
} as const;
