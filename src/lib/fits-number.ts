/** @param pattern - the number, or its beginning and `*` */
export const fitsNumber = (pattern: string, number: string): boolean =>
  pattern.endsWith('*') ? number.startsWith(pattern.slice(0, -1)) : number === pattern;
