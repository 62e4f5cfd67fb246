/* What we use of WebAssembly's JavaScript interface: its types live in TypeScript's DOM library, which a server does not load. */
declare namespace WebAssembly {
  /** Compiled code: may be posted to other threads of this process. */
  interface Module {
    readonly [moduleBrand]: true;
  }
  const moduleBrand: unique symbol;
  interface Memory {
    /** Replaced by a new one whenever the memory grows. */
    readonly buffer: ArrayBuffer;
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  type Imports = Readonly<Record<string, Readonly<Record<string, (...numbers: never[]) => unknown>>>>;
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: Imports): Promise<Instance>;
}
