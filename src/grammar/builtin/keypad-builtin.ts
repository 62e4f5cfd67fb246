import { dateValue, timeValue } from '../../language/heard-values.ts';
import type { BuiltinGrammar, MeaningValue } from '../model/grammar-library.ts';
import { parseAbnf } from '../srgs/parse-abnf.ts';
import type { BuiltinType } from './builtin-types.ts';
import type { Lengths } from './digit-string.ts';

/** What keys mean for each type (VoiceXML 2.0, appendix P): * is the decimal point, and stands before an extension. */
export function keypadBuiltin(
  uri: string,
  type: BuiltinType,
  parameters: ReadonlyMap<string, string>,
  { min, max }: Lengths,
): BuiltinGrammar | string {
  const [yes = '1', no = '2'] = [parameters.get('y'), parameters.get('n')];
  if (!/^[\d*#]$/.test(yes) || !/^[\d*#]$/.test(no) || yes === no) return 'two different keys for y and n';
  const forms: Readonly<
    Partial<Record<BuiltinType, readonly [keys: string, meaning: (keys: string) => readonly MeaningValue[]]>>
  > = {
    boolean: [`"${yes}" | "${no}"`, (keys) => [keys === yes]],
    digits: [`$digit<${min}-${max ?? ''}>`, (keys) => [keys]],
    number: ['$digit<1-15> ["*" $digit<1-9>]', (keys) => [keys.replace('*', '.')]],
    currency: ['$digit<1-12> ["*" $digit<0-2>]', (keys) => [money(keys)]],
    date: ['$digit<8>', (keys) => dateValue(Number(keys.slice(0, 4)), Number(keys.slice(4, 6)), Number(keys.slice(6)))],
    time: ['$digit<4>', (keys) => timeValue(Number(keys.slice(0, 2)), Number(keys.slice(2)), undefined)],
    phone: ['$digit<1-20> ["*" $digit<1-8>]', (keys) => [keys.replace('*', 'x')]],
  };
  const form = forms[type];
  if (form === undefined) return `a built-in grammar for keys among ${Object.keys(forms).join(', ')}`;
  const [keys, meaning] = form;
  const text = `#ABNF 1.0 UTF-8;
mode dtmf;
root $value;
public $value = ${keys};
$digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;`;
  return { uri, grammar: parseAbnf(uri, text), meanings: (words) => meaning(words.replaceAll(' ', '')) };
}

function money(keys: string): string {
  const [units = '', hundredths = ''] = keys.split('*');
  return `${Number(units)}.${hundredths.padEnd(2, '0')}`;
}
