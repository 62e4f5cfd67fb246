/** What a configuration key lists: `10.0.0.0/8, 192.0.2.7`. */
export const listedWords = (text: string): readonly string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
