/** `40,100` of the command's `--rates=40,100`; undefined when it has none. */
export const option = (name: string): string | undefined =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
