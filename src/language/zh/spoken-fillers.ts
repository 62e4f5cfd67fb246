/** Put in without meaning anything, a character each; a grammar does not list them. */
export const HESITATIONS: readonly string[] = Array.from('嗯呃啊哦喂');

/** Added to an answer that was whole without them. */
export const COURTESIES: readonly string[] = Array.from('请谢');

/** In front of what is said instead of what was understood: 不对，是…. */
export const CORRECTIONS: readonly string[] = [
  '不',
  '不是',
  '不对',
  '不对是',
  '不是是',
  '不我说的是',
  '我说的是',
  '应该是',
  '是',
];
