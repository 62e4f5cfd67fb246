/** Of this answer of the server; '' where there is no policy. */
export const NONCE = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

/**
 * antd makes some of its style elements without the nonce that it was given (it measures scroll bars, and holds the page
 * still behind a dialog), and the content security policy refuses those. Only our own scripts can call this at all.
 */
export function giveStylesTheNonce(): void {
  const create = document.createElement.bind(document);
  document.createElement = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = NONCE;
    return element;
  };
}
