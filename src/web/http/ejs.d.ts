/** What we use of a package that has no types. */
declare module 'ejs' {
  export type Template = (data: Record<string, unknown>) => string;
  export function compile(text: string, options: { filename: string }): Template;
}
