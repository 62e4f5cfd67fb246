import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import type { BankTransport } from '../bank/bank-transport.ts';
import { grpcServices } from '../bank/grpc/grpc-services.ts';
import { grpcTransport } from '../bank/grpc/grpc-transport.ts';
import type { ServiceWire } from '../bank/service-wire.ts';
import { endpointProblem } from '../lib/endpoint.ts';
import type { ClientTls } from '../lib/post-json.ts';

/** The bank over gRPC. @param address - host:port */
export const grpcBank = (address: string, token: string, tls: ClientTls): BankTransport =>
  grpcTransport({ address, token, credentials: credentialsOf(address, tls) });

/** Declared services over gRPC. @param address - host:port */
export const grpcOwnServices = (address: string, token: string, tls: ClientTls): ServiceWire =>
  grpcServices({ address, token, credentials: credentialsOf(address, tls) });

/** TLS, but on this machine without authorities of its own. */
function credentialsOf(address: string, { ca, cert, key }: ClientTls): ChannelCredentials {
  if (ca === undefined && endpointProblem(`http://${address}`) === undefined) return credentials.createInsecure();
  const bytes = (pem: string | undefined): Buffer | null => (pem === undefined ? null : Buffer.from(pem));
  return credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
}
