const listed = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

/** Said to banks, and too new or too special for a general word list. */
export const BANK_WORDS = listed(`
  app apps atm atms ok login logins logout online offline website webpage topup topups topped pin pins iban bic ach chaps bacs swift sepa
  visa mastercard maestro amex paypal venmo zelle klarna google apple android iphone ipad samsung alexa siri whatsapp facebook wifi sms
  cashback cashpoint contactless chargeback chargebacks prepaid overdraft overdrafts payday payroll paycheck passcode passcodes username
  email emails voicemail crypto cryptocurrency bitcoin fintech vat tax isa isas mortgage mortgages refinance refinancing unblock unblocked
  unblocking unfreeze deactivate deactivated reactivate reactivated reactivation onboarding verification biometric fingerprint selfie
  autopay standing debit debits debited rebate payee payees payer remittance forex fx eur euro euros gbp usd aud cad chf jpy cny yuan rmb
  renminbi zloty dollars hkd aed inr uk us usa eu europe european england english britain british scotland scottish wales welsh ireland
  irish france french germany german spain spanish italy italian portugal portuguese greece greek poland polish russia russian ukraine
  switzerland swiss austria austrian belgium dutch netherlands sweden swedish norway norwegian denmark danish finland turkey turkish
  china chinese mandarin japan japanese india indian australia australian canada canadian america american mexico mexican brazil africa
  african asia asian korea korean singapore thailand international ids id kyc pls plz thx info faq faqs fees refund refunds refunded refunding
  monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun january february march april may june july august
  september october november december jan feb mar apr jun jul aug sept sep oct nov dec christmas easter
  halloween covid am pm uber netflix amazon ebay spotify uni mum mums dad um uh er erm hmm mm hm mhm uhm ah oh huh nope yep yup yeah gonna wanna
  gotta kinda dunno lemme cos hi hello bye goodbye thanks cheers hiya alright anymore anyways everytime pending misspelt misspelled spelt
  unrecognised unrecognized unauthorised unauthorized disputed enquiry enquiries signup cancelled cancelling travelling favour
  inbox pdf url http https www qr nfc otp tan cvv cvc sim gps tv dvd cd pc hr ceo phone phones smartphone
  laptop sort postcode zip mr mrs ms mister dr asap info acc thru setup howdy ciao adios ya mastercards visas express gpb
  cannot interbank inactivate lockdown videogames max hae koronas fyi btw tho til wd amt lol p.m a.m p.m. a.m. u.s u.s. u.k u.k. e.g e.g. i.e i.e.
`);

/** With and without the apostrophe, which recognizers leave out. */
export const CONTRACTIONS = listed(`
  i'm i've i'd i'll you're you've you'd you'll he's she's it's we're we've we'd we'll they're they've they'd they'll that's there's here's
  what's where's who's how's when's why's let's isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't won't wouldn't can't
  couldn't shouldn't mustn't needn't ain't y'all o'clock im ive id youre youve hes shes its theyre theyve thats theres heres whats wheres whos
  hows lets isnt arent wasnt werent dont doesnt didnt havent hasnt hadnt wont wouldnt cant couldnt shouldnt aint name's names
  someone's somebody's everyone's anyone's today's tomorrow's yesterday's
`);

/** In the word list as verbs or things, but names whenever somebody speaks to a bank. */
export const NAMES_ABOVE_ALL = listed(`
  john jack harry bob bobby jim jimmy tom tommy dick ken mike nick ted ron don dan ray rob robin roger martin peter jerry jenny molly polly
  sally kitty betty nancy lucy daisy carol matt sam timothy maria marina derrick maxim freddy eddy jay gary barry terry larry
  alexander victoria charlotte julia julie jean joan ann anna jane joe josh luke paul simon oliver oscar norman warren walter stuart
  smith jones beau beck belle beryl brad clement colleen dahlia deb dirk felicity garner hank hector hogan jasper linnet marlin marten myrtle
  patsy phoebe randy rhea rogers sander sanders sawyer sibyl sully sylvan troy tucker wheeler woodman drake fanny meg jock gabby billy burgess
`);

/** Names that are ordinary words as well: names beside another name, after "my name is", or with a capital within a sentence. */
export const NAMES_TOO: ReadonlySet<string> = new Set(
  listed(`
    amber april angel art august autumn basil bill bond brook brooks buck bud candy carter cash chance charity chase christian christopher chuck clay cliff
    coral crystal dale dawn dean dot drew duke earl ebony eve faith fan faye fern flora frank garnet gene ginger glen glory grace grant guy hardy harmony
    harper hazel heath heather henry holly honey honor hope hunter iris ivory ivy jade jasmine jewel jordan joy june kay kelly kit lance laurel lee lily lane mark marshal
    mason max maxwell may melody mercy merry miles misty morgan neil noel nova olive opal page paris parker pat patience patty paul pearl peg penny pepper
    piers poppy prince prudence reed rex rich rick robin rocky rod roman rose rosemary rosie rowan roy ruby russell rusty ruth sandy scarlet sean
    shelly sierra sky skip sonny spencer spike star stella sterling stewart sue summer sunny taylor tanner tiffany tony trinity troy valentine vera
    victor viola violet wade walker ward wayne wendy will winter wren
    adams allen andrews archer armstrong arthur atkins bailey baker ball banks barber barker barlow barnes bates bell bennett berry best bird bishop black blake
    blue boots booth bolt bowman boyle bradley bray brewer bright brown bruce bryan buckle bull burn burns bush butler byrne cain campbell cannon
    carpenter carr chambers chandler chapman church clark clarke coates coles collier collins conway cook cooke cooper cope cotton cox crane craven cross
    cunning curry curtis dale daniels davis davies dawson day deal dean dickens dixon dodd dolan down drake dry dunn dyer east edwards
    ellis emery english evans field fields fielding finch fish fisher fleet fletcher flint flood flower flowers ford forest forester foster fowler fox
    francis franks freeman french frost fry fuller gardener gardner gates gibbons giles gill glass glover gold golden good goodman goodwin gore graves gray
    green greene greenwood grey griffin griffiths groom grove gross hall hale ham hammond hand harris hart harvest harvey hawk hawkins hawks hay hayes haynes head heard
    hewitt hicks hill hills hobbs hobby hodges holder holland holmes holt hood hook hooper hope hopkins horn house howard howe howell hudson hughes hull
    humble hunt hurst hyde ingram jackson james jenkins jennings johnson joyce judge kemp kent key keys king kings kirk knight knowles lake lamb lambert lane
    law lawson leach leaf lemon leonard lewis lilly line little lloyd lock locke london long lord love low lowe lynch lyon major mann manning marsh marshall marsden
    martin mason masters mathews matthews may mead mellor mercer miller mills milne miner mitchell moody moon moore morgan morris morrison moss murray myers nash newman
    newton nicholls noble nolan norman norris north norton oakes page palmer park parkin parry parsons patel patten payne peacock pearce pears perry
    peters phillips pike piper place plant pollard pond poole pope porter post potter potts powell power powers pratt preston price pride pritchard pugh quick
    quinn rain ramsey randall read reeves regan rice richards richardson rivers roberts robson rock rogers rollins rose rowe rush ryan saint sale sanders sands
    savage saunders sawyer schofield sellers sewell sharp shaw sheer shelley shepherd sheppard short silver simmons simpson sims singer singh skinner slade
    slater small snow south sparks spears speed spence stanley steel steele stephens stevens stewart stone storey storm stout street strong styles sutton swan sweeney sweet
    swift tailor tate temple terry thatcher thomas thompson thorn thorne thorpe tighe todd townsend travers tucker tuck turner twist tyler underwood vale van vaughan
    vicar vincent waite wall wallace waller wallis walsh walters walton warden warner waters watkins watson watt watts way weaver webb webster welch
    wells welsh west weston wheeler white whitehead wild wilde wilkins wilkinson williams williamson willis wills wilson winter winters wise wolf
    wood woods woodward worth wright wyatt yard yates york young younger
  `),
);

/** Never part of a name, even where one is expected. */
export const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  listed(`
    a an the and or but if so because then than that this these those there here i me my mine we us our you your he him his she her it its they them
    their is are was were be been being am do does did done have has had having can could will would shall should may might must not no yes please
    to of in on at by for from with without about into over under after before as like up down out off what which who whom whose when where why how
    all any both each every few many more most much other some such only own same too very just now still also again already ever never once
    calling ringing speaking trying looking having wondering going getting using paying sending wanting needing asking not spelled spelt written wrong
    incorrect correct right different missing changed changing sorry okay ok thanks thank well yeah yep hello hi good really quite
    one unable able locked blocked happy interested worried concerned afraid sure glad stuck new old customer
  `),
);

/** Under which letters are spelled: the NATO alphabet. */
export const SPELLING_WORDS: ReadonlySet<string> = new Set(
  listed(`
    alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa quebec romeo sierra tango
    uniform victor whiskey whisky xray x-ray yankee zulu
  `),
);

export const NUMBER_WORDS: ReadonlySet<string> = new Set(
  listed(`
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty
    thirty forty fifty sixty seventy eighty ninety hundred thousand million double triple nought
  `),
);

export const ORDINAL_WORDS: ReadonlySet<string> = new Set(
  listed(`
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth
    eighteenth nineteenth twentieth thirtieth
  `),
);

export const MONTHS: ReadonlySet<string> = new Set(
  listed(`
    january february march april may june july august september october november december jan feb mar apr jun jul aug sept sep oct nov dec
  `),
);

export const STREETS: ReadonlySet<string> = new Set(
  listed(`
    street road lane avenue drive close court crescent gardens garden grove place square terrace way hill park row rise mews walk view green
    house lodge cottage villas estate parade boulevard st rd ave ln dr blvd
  `),
);
