import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadVoiceModel, type VoiceModel } from '../../src/speech/engines/neural-voice/voice-model.ts';

/* The values are those of hibari 0.2.1's own front end, whose rules ours follow. */

describe('words to phonemes', () => {
  let model: VoiceModel;
  beforeAll(async () => {
    model = await loadVoiceModel();
  });
  afterAll(() => model.release());

  test.each([
    [`Please say or key in your eight digit account number.`, `plˈiz sˈA ɔɹ kˈi ɪn jʊɹ ˈAt dˈɪʤət əkˈWnt nˈʌmbəɹ.`],
    [`The apple, an hour, a URL.`, `ði ˈæpᵊl, ɐn ˈWəɹ, ɐ jˌuˌɑɹˈɛl.`],
    [`I used to read it; it was used.`, `ˌI jˈust tə ɹˈid ɪt; ɪt wʌz jˈuzd.`],
    [`You read the record. We record the call.`, `jˌu ɹˈɛd ðə ɹˈɛkəɹd. wˌi ɹəkˈɔɹd ðə kˈɔl.`],
    [`To go there, to eat, and whom to.`, `tə ɡˌO ðˈɛɹ, tʊ ˈit, ænd hˈum tu.`],
    [`I don't think he'd've paid.`, `ˌI dˈOnt θˈɪŋk hˈɛdv pˈAd.`],
    [`A well-known e-mail address at MasterCard HQ.`, `ɐ wˌɛlnˈOn ˈimˌAl ədɹˈɛs æt mˈæstəɹkˌɑɹd ˌAʧkjˈu.`],
    [`McDonald's iPhone and PayPal's API.`, `məkdˈɑnəldz ˈIfˌOn ænd pˌApˈælz ˌApˌiˈI.`],
    [`Is NASA's CEO in? By the way, am I?`, `ˌɪz nˈæsəz sˌiˌiˈO ˈɪn? bˌI ðə wˈA, ɐm ˌI?`],
    [`WELCOME TO EXAMPLE BANK.`, `wˈɛlkəm tʊ ɪɡzˈæmpəl bˈæŋk.`],
    [`yes/no`, `jˈɛs nˈO`],
    [`“Hello” (twice) — really?`, `hˈɛlO (twˈIs) — ɹˈiᵊli?`],
    [`five thirty P M`, `fˈIv θˈɜɹTi pˈi ˈɛm`],
    [
      `getting started, wanted, kissed, boxes, cities, baked`,
      `ɡˈɛTɪŋ stˈɑɹTᵻd, wˈɑntᵻd, kˈɪst, bˈɑksᵻz, sˈɪTiz, bˈAkt`,
    ],
    [`Xqzt Wojciechowski Siobhan Tellerline.`, `ˌɛkskjˌuzˌitˈi wˌɑʤsIʧˈWski sɪˈɑbhən tˈɛləɹlˌIn.`],
    [`The PIN and the ATM of a U.S. bank.`, `ðə pˈɪn ænd ði ˌAtˌiˈɛm ʌv ɐ jˌuˈɛs bˈæŋk.`],
    [`rock 'n' roll`, `ɹˈɑk ˈɛn” ɹˈOl`],
    [
      `one thousand two hundred thirty-four dollars and fifty-six cents`,
      `wˈʌn θˈWzᵊnd tˈu hˈʌndɹəd θˈɜɹTifˌɔɹ dˈɑləɹz ænd fˈɪftisˌɪks sˈɛnts`,
    ],
  ])('%s: %s', async (words, phonemes) => expect(await model.phonemize(words)).toBe(phonemes));
});
