/** Forms of postcodes of the United Kingdom (BS 7666): area and district, then sector and unit. */
const POSTCODE = /^((?:[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]?)|GIR)(\d[ABD-HJLNP-UW-Z]{2}|0AA)$/;

/** 'SW1A1AA' → ['SW1A 1AA']; "oh" that was said for a letter, or the other way round, is put right by its place. */
export function postcodesIn(spelled: string): readonly string[] {
  const found = POSTCODE.exec(spelled) ?? POSTCODE.exec(swapped(spelled));
  return found === null ? [] : [`${found[1] ?? ''} ${found[2] ?? ''}`];
}

/** The sector is a digit, the unit is letters. */
const swapped = (text: string): string =>
  text.replace(/^(.*)(.)(.)(.)$/, (_, district: string, sector: string, first: string, second: string) =>
    [district.replace(/^0/, 'O'), sector.replace('O', '0'), first.replace('0', 'O'), second.replace('0', 'O')].join(''),
  );
