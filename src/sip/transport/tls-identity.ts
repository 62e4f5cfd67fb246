import { checkServerIdentity, type PeerCertificate } from 'node:tls';

/**
 * Whether a certificate is of the domain that we meant to reach (RFC 5922 section 7): where it names SIP domains, one of
 * them has to be that one; else its DNS names and addresses count, as on the web.
 *
 * @param name - a host name or an IP address
 * @returns what is wrong with it
 */
export function checkSipIdentity(name: string, certificate: PeerCertificate): Error | undefined {
  const domains = sipDomainsOf(certificate.subjectaltname ?? '');
  if (domains.includes(name.toLowerCase())) return undefined;
  if (domains.length === 0) return checkServerIdentity(name, certificate);
  return new Error(`the certificate is of the SIP domain ${domains.join(', ')}, not of ${name}`);
}

/** Of `URI:sip:example.com, DNS:…`; a URI with a user part names a person, not a domain (RFC 5922 section 7.1). */
const sipDomainsOf = (alternatives: string): string[] =>
  [...alternatives.matchAll(/(?:^|, )"?URI:sip:([^\s",;?@]+)"?(?=,|$)/gi)].map(([, domain = '']) =>
    domain.toLowerCase(),
  );
