import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asError } from '../../domain/error.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Recognition } from '../recognition/open-recognition.ts';
import type { LanguageVoice } from '../speech-service.ts';
import type { Synthesizers } from '../synthesis/synthesizers.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import { type Voicing, type VoicingDefaults, voicingOf } from '../synthesis/voicing.ts';
import { MOST_ERRORS, voiceErrors } from './voice-check.ts';

export interface LanguageVoicesOptions extends VoicingDefaults {
  /** False: every voice counts as intelligible. */
  readonly checkVoices: boolean;
  /** Where results are kept between starts; undefined: nowhere. */
  readonly cacheDirectory: string | undefined;
}

const FILE = 'voices.json';

/**
 * The languages that somebody speaks here. Where a recognizer runs that understands a language, it has listened to the voice;
 * the result is kept by engine, version, voice and recognizer.
 */
export async function languageVoices(
  options: LanguageVoicesOptions,
  synthesizers: Synthesizers,
  recognition: Recognition,
  logger: Logger,
  signal: AbortSignal,
): Promise<readonly LanguageVoice[]> {
  const path = options.cacheDirectory === undefined ? undefined : join(options.cacheDirectory, FILE);
  const kept = path === undefined ? {} : await readKept(path);
  const results: Record<string, number> = {};
  const voices: LanguageVoice[] = [];
  for (const language of new Set([primaryLanguage(options.language), ...synthesizers.languages])) {
    const usual = language === primaryLanguage(options.language) ? options.language : language;
    const voicing = voicingOf({ language: usual }, options);
    const version = synthesizers.versions[voicing.engine];
    if (version === undefined || !synthesizers.speaks(voicing)) continue;
    const key = [voicing.engine, version, voicing.voice ?? '', language, recognition.engine].join(' | ');
    const checks = options.checkVoices && recognition.languages.includes(language);
    const errors = checks ? (kept[key] ?? (await listen(voicing))) : undefined;
    if (errors !== undefined) results[key] = errors;
    const voice = { language, engine: voicing.engine, version, errors, intelligible: (errors ?? 0) <= MOST_ERRORS };
    if (!voice.intelligible) {
      const { errors_percent: wrong, ...known } = facts(voice);
      // only a dialplan in that language would need it, and then the start is refused
      logger.info(
        { ...known, errors_percent: wrong ?? 0 },
        `'${language}' is not spoken: the recognizer misheard ${wrong} % of what ${voicing.engine} said in it, as callers would`,
      );
    }
    voices.push(voice);
  }
  if (path !== undefined && Object.keys(results).some((key) => kept[key] === undefined)) await keep(path, results);
  return voices;

  async function listen(voicing: Voicing): Promise<number | undefined> {
    try {
      return await voiceErrors(voicing, synthesizers, recognition, signal);
    } catch (thrown) {
      const { engine, language } = voicing;
      logger.warn({ engine, language }, 'a voice could not be checked and is used without the check', asError(thrown));
      return undefined;
    }
  }

  async function keep(file: string, content: Readonly<Record<string, number>>): Promise<void> {
    try {
      await writeFile(`${file}.tmp`, JSON.stringify(content, null, 2), { mode: 0o600 });
      await rename(`${file}.tmp`, file);
    } catch (thrown) {
      logger.warn({ where: 'prompt cache' }, 'the results of the voice check could not be saved', asError(thrown));
    }
  }
}

const facts = ({ language, engine, version, errors }: LanguageVoice): Record<string, string | number> => ({
  language,
  engine,
  version,
  errors_percent: Math.round((errors ?? 0) * 100),
});

/** What cannot be read is found out anew. */
async function readKept(path: string): Promise<Readonly<Record<string, number>>> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    const entries = typeof content === 'object' && content !== null ? Object.entries(content) : [];
    return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
  } catch {
    return {};
  }
}
