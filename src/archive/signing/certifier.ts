/** Signs a text of the archive, such as a certificate of destruction or a report, and writes its hash into the log. */
export interface Certifier {
  certify(text: string): Promise<{
    readonly signatures: readonly { readonly key: string; readonly value: string }[];
    readonly leafIndex: number | null;
  }>;
}
