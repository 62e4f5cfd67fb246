/** Where a message came from or goes to. With `connection` it means that one TCP connection, as long as it lasts. */
export interface Flow {
  readonly protocol: 'UDP' | 'TCP';
  readonly host: string;
  readonly port: number;
  readonly connection?: number;
}
