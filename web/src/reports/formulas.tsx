import { useLanguage } from '../text/language.tsx';
import { named } from './shown-kpi.ts';

/** How each number was computed. */
export function Formulas({ of }: { readonly of: readonly { readonly name: string; readonly formula: string }[] }) {
  const words = useLanguage().text.reports;
  const texts: Readonly<Record<string, string>> = words.formula;
  return (
    <section aria-labelledby="report-formulas">
      <h2 id="report-formulas">{words.formulas}</h2>
      <dl className="facts">
        {of.map(({ name, formula }) => (
          <div key={name}>
            <dt>{named(words.names, name)}</dt>
            <dd>{texts[name] ?? formula}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
