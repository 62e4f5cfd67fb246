import { choice, section, text, whole } from './key-types.ts';

export const bankKeys = section({
  adapter: choice(
    'the bank’s core system: over HTTP (docs/bank-api.yaml), over gRPC (docs/bank-api.proto), or the demo bank, whose customers do not exist, on this machine',
    'demo',
    ['demo', 'http', 'grpc'],
  ),
  url: text(
    'where the core system is: https://core.bank.example/api for HTTP, core.bank.example:443 for gRPC; without TLS on this machine alone',
    '',
  ),
  token_file: text('file with the bearer token for the core system', ''),
  demo_file: text('SQLite database of the demo bank; empty: in memory, as new at each start', ''),
  services_file: text(
    'YAML file of the bank’s own services, which dialplans may look up, and of the servers that carry them out (docs/services.md); empty: none',
    '',
  ),
  tls: section({
    authorities: text(
      'PEM file of the authorities whose certificates are accepted of the core system; empty: those that Node.js knows',
      '',
    ),
    certificate: text('PEM file with our certificate, where the core system asks for one', ''),
    key: text('PEM file with the private key of that certificate', ''),
  }),
  timeout_ms: whole('time-out of one request to the core system', 2_500, 100, 12_000),
  retries: whole('requests after the first one that failed, where a repeat does no harm', 1, 0, 5),
  retry_pause_ms: whole('pause before each of them', 200, 0, 5_000),
  breaker_failures: whole('failures in a row after which the core system is left alone for a while', 5, 1, 100),
  breaker_rest_ms: whole('that while; then one request tries', 10_000, 100, 600_000),
});

export const secondFactorKeys = section({
  sender: choice(
    'what brings one-time codes to customers: an SMS gateway over HTTP, or the terminal in front of the server, for trying out the demo bank (with another bank no codes are sent then)',
    'console',
    ['console', 'sms'],
  ),
  url: text('addresses of the SMS gateways in the order in which they are tried, separated by commas', ''),
  token_file: text('file with the bearer token for the SMS gateways', ''),
  secret_file: text('file with the secret that requests to them are signed with', ''),
  timeout_ms: whole('time-out of one SMS gateway; then the next one is tried', 3_000, 100, 12_000),
});
