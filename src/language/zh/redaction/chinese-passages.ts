/** Chinese characters, with the digits and the punctuation among them. */
export const CHINESE_PASSAGES =
  /[\p{Nd}\s.-]*[\p{Script=Han}〇](?:[\p{Script=Han}〇\p{Nd}\s，。、！？：；·（）.-]|[A-Za-z](?=\s?[座栋幢区]))*/gu;
