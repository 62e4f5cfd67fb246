import {
  type Draw,
  drawFrom,
  type PersonalKind,
  type PersonalUtterance,
  type Side,
  sideOf,
  utteranceOf,
} from './personal-utterance.ts';

/* What people tell a bank of themselves in English, made up. Names and streets come from many countries; none was taken from the redaction's lists. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const lines = (text: string): readonly string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim());

const FIRST =
  words(`Aaliyah Adebayo Agnieszka Aisha Alastair Anjali Annika Arturo Beatriz Bronwyn Caoimhe Chidi Clementine Cyrus Dagmar Deirdre Dmitri Efua Eleanor Emeka Enrique Farah Fergus Gaurav Gwendolyn Hamish Harriet Hiroshi Ignacio Imogen
  Ingrid Isolde Jamal Jocelyn Kofi Lakshmi Leopold Lucinda Magnus Marguerite Mehmet Mireille Nadia Niamh Olga Oluwaseun Padraig Parvati Quentin Rajesh Rhiannon Rosalind Saoirse Sergei Siobhan Svetlana Tamsin Thaddeus Tomasz Ulrika Vikram Winifred Xiomara Yusuf Zainab John Mary Peter Susan David Linda James Karen Robert Sarah`);
const LAST =
  words(`Abernathy Achebe Ahlgren Balakrishnan Bartholomew Blackwood Castellanos Chaudhry Cholmondeley Delacroix Dombrowski Eriksson Fairweather Featherstone Fitzgerald Gallagher Goldberg Haddad Hathaway Hernandez Ibrahim Iwanicki
  Jankowski Kowalczyk Krishnamurthy Lindqvist Llewellyn MacAllister Mbeki Montague Nakamura Nwosu Obafemi Okonkwo Olszewski Papadopoulos Patel Pemberton Quigley Radcliffe Rasmussen Sanchez Schreiber Silverstein Strathclyde Szymanski Thistlewood
  Tremblay Underhill Vandermeer Villanueva Wadsworth Weatherby Yamamoto Zapatero Zielinski Smith Jones Taylor Walker Young Cook Baker Carter Hill Green`);
const STREETS =
  words(`Abbotsford Acacia Alder Birchwood Bramble Broomfield Cedar Chestnut Claremont Clifton Dalston Elmwood Fairview Fernhill Gladstone Grosvenor Hawthorn Heathfield Holloway Jubilee Kensington Kingsley Lavender Linden Maple Marlborough
  Meadow Nelson Oakfield Orchard Palmerston Pinewood Primrose Queens Redwood Richmond Rosemary Sandringham Sycamore Thornton Victoria Walnut Wellington Westfield Willow Windsor Woodlands Wycliffe`);
const ROADS = words(
  'Street Road Avenue Lane Drive Close Crescent Gardens Court Terrace Way Place Grove Square Boulevard',
);
const TOWNS = words(
  `Accrington Aberystwyth Basingstoke Chelmsford Darlington Eastbourne Falkirk Guildford Harrogate Inverness Kettering Lowestoft Macclesfield Northampton Oldham Peterborough Rotherham Scunthorpe Tewkesbury Wolverhampton Albuquerque Chattanooga Des-Moines Poughkeepsie Tallahassee Milwaukee`,
);
const UNITS = words('zero one two three four five six seven eight nine');
const TEENS = words('ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen');
const TENS = words('- - twenty thirty forty fifty sixty seventy eighty ninety');
const MONTHS = words('January February March April May June July August September October November December');
const ORDINALS =
  words(`first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third
  twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth`);

const below100 = (value: number): string =>
  value < 10
    ? (UNITS[value] ?? '')
    : value < 20
      ? (TEENS[value - 10] ?? '')
      : `${TENS[Math.floor(value / 10)] ?? ''}${value % 10 === 0 ? '' : ` ${UNITS[value % 10] ?? ''}`}`;

const nameOf = (draw: Draw, side: Side): string => {
  const [first, last] = [draw.of(sideOf(FIRST, side)), draw.of(sideOf(LAST, side))];
  return draw.of([`${first} ${last}`, `${first} ${last}`, `${first} ${last}`.toLowerCase(), first]);
};

function addressOf(draw: Draw, side: Side): string {
  const value = 1 + draw.number(99);
  const house = draw.of([
    String(value),
    below100(value),
    `Flat ${1 + draw.number(20)}, ${value}`,
    `${value}${draw.of(['A', 'B', 'c'])}`,
  ]);
  const street = `${draw.of(sideOf(STREETS, side))} ${draw.of(ROADS)}`;
  const town = draw.of(sideOf(TOWNS, side));
  const whole = draw.of([`${house} ${street}`, `${house} ${street}, ${town}`, `${house} ${street} ${town}`]);
  return draw.number(3) === 0 ? whole.toLowerCase() : whole;
}

const spelled = (draw: Draw, length: number): string =>
  Array.from({ length }, () => draw.number(10))
    .map((digit) => (digit === 0 && draw.number(2) === 0 ? 'oh' : (UNITS[digit] ?? '')))
    .join(' ');

function numberOf(draw: Draw, _side: Side): string {
  const length = draw.of([4, 6, 8, 10, 11, 16]);
  const written = Array.from({ length }, () => String(draw.number(10))).join('');
  return draw.of([
    written,
    written.replaceAll(/(.{4})(?=.)/g, '$1 '),
    written.replaceAll(/(.{3})(?=.)/g, '$1-'),
    spelled(draw, length),
    `double ${spelled(draw, length - 1)}`,
    `${below100(10 + draw.number(90))} ${below100(10 + draw.number(90))} ${spelled(draw, 3)}`,
  ]);
}

function birthDateOf(draw: Draw, _side: Side): string {
  const [year, month, day] = [1940 + draw.number(65), draw.number(12), 1 + draw.number(28)];
  const name = MONTHS[month] ?? '';
  const ordinal = ORDINALS[day - 1] ?? '';
  const century = `${below100(Math.floor(year / 100))} ${below100(year % 100)}`;
  const two = (value: number): string => String(value).padStart(2, '0');
  return draw.of([
    `${day} ${name} ${year}`,
    `${name} ${day}, ${year}`,
    `${two(day)}/${two(month + 1)}/${year}`,
    `the ${ordinal} of ${name} ${year >= 2000 ? String(year) : `nineteen ${below100(year % 100)}`}`.toLowerCase(),
    `${name} ${ordinal} ${year >= 2000 ? String(year) : century}`,
    `${year}-${two(month + 1)}-${two(day)}`,
    `${below100(day)} ${below100(month + 1)} ${below100(year % 100)}`,
  ]);
}

const KINDS: Readonly<
  Record<PersonalKind, { readonly make: (draw: Draw, side: Side) => string; readonly sentences: readonly string[] }>
> = {
  name: {
    make: nameOf,
    sentences: lines(`my name is @
      hello this is @ speaking
      I'm @ and I lost my card
      it's @
      @
      the account is in the name of @
      please send two hundred pounds to @
      my wife @ has a card too
      can I speak to @ please
      I am calling on behalf of @
      the payee is called @
      Hi, @ here
      could you add @ to my account
      my husband's name is @
      it was paid by @ last week
      @ is the account holder
      I spoke to @ yesterday
      transfer the money to @ today please
      yes I'm @ that is right
      the card says @ on it`),
  },
  address: {
    make: addressOf,
    sentences: lines(`I live at @
      my address is @
      please send the card to @
      I have moved to @
      @
      send it to @ please
      the new address is @
      I used to live at @
      my home is at @
      it should go to @ instead
      the statement went to @
      we are at @ now`),
  },
  number: {
    make: numberOf,
    sentences: lines(`my account number is @
      the card number is @
      @
      call me on @
      my pin is @
      the code is @
      my phone number is @ thank you
      it ends in @
      the reference was @
      my sort code is @
      no, it is @
      yes, @ is right`),
  },
  'birth-date': {
    make: birthDateOf,
    sentences: lines(`I was born on @
      my date of birth is @
      @
      it's @
      my birthday is @
      date of birth @
      she was born @
      born on @ in the city`),
  },
};

/** @param count - of each kind */
export function englishPersonalSpeech(side: Side, count: number, seed = 1): readonly PersonalUtterance[] {
  const draw = drawFrom(seed);
  return (Object.keys(KINDS) as PersonalKind[]).flatMap((kind) => {
    const { make, sentences } = KINDS[kind];
    return Array.from({ length: count }, () => utteranceOf(kind, draw.of(sideOf(sentences, side)), make(draw, side)));
  });
}
