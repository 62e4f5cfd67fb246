import { ONES } from './number-vocabulary.ts';

/* What is said for one letter or one digit, and what recognizers write for it. */

const listed = (text: string): (readonly [string, string])[] =>
  text
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [word = '', symbol = ''] = pair.split('=');
      return [word, symbol] as const;
    });

/** The alphabet of ICAO and ITU ("NATO"), with what is written for it, and older ones of the telephone. */
const ALPHABETS = listed(`
  alpha=a alfa=a alphas=a bravo=b charlie=c delta=d echo=e foxtrot=f fox=f golf=g gulf=g hotel=h hotels=h india=i juliet=j juliett=j juliette=j kilo=k lima=l mike=m
  november=n oscar=o papa=p pappa=p papaw=p quebec=q romeo=r sierra=s tango=t uniform=u victor=v whiskey=w whisky=w xray=x x-ray=x yankee=y zulu=z
  apple=a able=a andrew=a adam=a baker=b boy=b benjamin=b ben=b cat=c charles=c dog=d david=d easy=e edward=e elephant=e frank=f freddy=f freddie=f
  george=g girl=g harry=h henry=h how=h ink=i isaac=i item=i jack=j jig=j john=j johnny=j king=k kate=k london=l love=l lucy=l mary=m mother=m
  nan=n nancy=n nellie=n nelly=n orange=o oboe=o oliver=o peter=p paul=p queen=q queenie=q raja=r roger=r robert=r ruby=r sugar=s sam=s samuel=s
  tommy=t tom=t tare=t thomas=t uncle=u umbrella=u violet=v vic=v william=w xylophone=x yellow=y yoke=y zebra=z zoo=z
`);

const LETTER_NAMES = listed(`
  ay=a hey=a eh=a bee=b be=b see=c sea=c cee=c si=c dee=d day=d ee=e he=e eff=f gee=g age=h aitch=h haitch=h height=h eye=i hi=i jay=j gay=j kay=k okay=k
  ok=k el=l ell=l hell=l em=m en=n and=n an=n end=n +=n pee=p pea=p queue=q cue=q que=q cube=q curious=q kew=q are=r ar=r our=r or=r all=r rule=r
  ess=s es=s tea=t tee=t you=u ewe=u yu=u vee=v we=v double-u=w ex=x axe=x why=y wye=y zed=z zee=z said=z set=z that=z zag=z zet=z
`);

const DIGIT_NAMES = listed(`
  oh=0 nought=0 naught=0 nil=0 zero=0 won=1 warm=1 worn=1 to=2 too=2 two=2 free=3 tree=3 for=4 fore=4 fall=4 fife=5 sicks=6 sex=6 sick=6 ate=8 eighty=8
  nein=9 niner=9
`);

/** A word that stands for one letter or digit. */
export const SYMBOL_OF: ReadonlyMap<string, string> = new Map([
  ...ALPHABETS,
  ...LETTER_NAMES,
  ...DIGIT_NAMES,
  ...ONES.slice(0, 10).map((word, digit) => [word, String(digit)] as const),
]);

/** "t for Tommy", "b as in Bravo", "m like mother": whatever follows says the letter once more. */
export const AS_IN: ReadonlySet<string> = new Set(['for', 'as', 'like', 'is']);
export const REPEATED: ReadonlyMap<string, number> = new Map([
  ['double', 2],
  ['triple', 3],
]);
/** Said around a spelling. */
export const NOT_SPELLED: ReadonlySet<string> = new Set(
  'my the postcode post code name is it its that thats so um uh er erm sorry space capital dash hyphen letter number surname first last full yes yeah well please date of birth'.split(
    ' ',
  ),
);
/** Consonants of which the recognizer writes the one for the other: their names rhyme, or differ in a hiss that the telephone cuts off. */
export const SOUND_ALIKE: readonly string[] = [
  'bcdegptvz3',
  'ahjk8',
  'flmnsx',
  'mn',
  'fs',
  'iy',
  'iy5',
  'quw2',
  'qu',
  'o0',
  '59',
  'jg',
  'v5',
  'bv',
  'pt',
  'bd',
  'dt',
  'pb',
  'td',
  'a8',
  'h8',
  'r1',
  'lo0',
  's6',
  'z0',
];
