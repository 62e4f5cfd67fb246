export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly weight: number;
}

const SERVER = /^(?:\[(?<six>[\da-f:.]+)\]|(?<host>[\w.-]+)):(?<port>\d{1,5})(?:\*(?<weight>\d{1,3}))?$/i;

/** 'host:port*weight, host:port': every address of the list; none when one of them is not an address. The weight is 1 unless given. */
export function parseServers(list: string): readonly ServerAddress[] {
  const servers: ServerAddress[] = [];
  for (const one of list.split(',')) {
    const { six, host, port, weight } = SERVER.exec(one.trim())?.groups ?? {};
    const server = { host: six ?? host ?? '', port: Number(port), weight: Number(weight ?? '1') };
    if (server.host === '' || !(server.port > 0 && server.port <= 65_535) || server.weight < 1) return [];
    servers.push(server);
  }
  return servers;
}
