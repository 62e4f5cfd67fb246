import { useLanguage } from '../text/language.tsx';

/** The terms of an order, in words where we have them. */
export function Terms({ terms }: { readonly terms: Readonly<Record<string, unknown>> }) {
  const { text } = useLanguage();
  const { masked, on, legalReference, basis, years, months, name } = terms;
  const lines: string[] = [];
  if (typeof masked === 'boolean') lines.push(masked ? text.requests.maskedBundle : text.requests.clearBundle);
  if (typeof on === 'boolean') lines.push(on ? text.requests.restrictOn : text.requests.restrictOff);
  if (typeof name === 'string') lines.push(name);
  if (typeof legalReference === 'string') lines.push(legalReference);
  if (typeof years === 'number' && typeof months === 'number') lines.push(text.policies.kept(years, months));
  if (typeof basis === 'object' && basis !== null && 'event' in basis)
    lines.push(text.policies.afterEvent(String(basis.event)));
  return lines.length === 0 ? null : <div className="facts">{lines.join(' · ')}</div>;
}
