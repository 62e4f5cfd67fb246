import type { ArchivedManifest } from '../manifest/archived-manifest.ts';
import type { Transcript } from '../manifest/transcript.ts';

/** transcript.html: the transcript for reading, with nothing from elsewhere. */
export function transcriptPage(transcript: Transcript, manifest: ArchivedManifest): string {
  const rows = transcript.turns.map(
    ({ from_ms, speaker, text }) =>
      `<tr><td>${clock(from_ms)}</td><td>${escaped(speaker)}</td><td>${escaped(text)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="${escaped(transcript.language)}">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(manifest.recording)}</title>
<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}td{padding:.2em .8em;vertical-align:top}td:first-child{font-variant-numeric:tabular-nums}</style>
<h1>${escaped(manifest.recording)}</h1>
<p>${escaped(manifest.started_at)} · ${escaped(manifest.from)} → ${escaped(manifest.to)} · ${escaped(transcript.model)}</p>
<table>
${rows.join('\n')}
</table>
</html>
`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const pad = (n: number): string => String(n).padStart(2, '0');
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}
