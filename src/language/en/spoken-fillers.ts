/** Put in without meaning anything; a grammar does not list them. */
export const HESITATIONS: ReadonlySet<string> = new Set('uh um er erm ah hmm mm well so like hello hi hey'.split(' '));

/** Added to an answer that was whole without them. */
export const COURTESIES: ReadonlySet<string> = new Set(['please', 'thanks', 'thank']);

/** In front of what is said instead of what was understood: "no, it's …". */
export const CORRECTIONS: readonly string[] = [
  'no',
  'no sorry',
  "no it's",
  'no it is',
  'no i said',
  "it's",
  'i said',
  'sorry',
  'actually',
];
