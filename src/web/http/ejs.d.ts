/** As much as we use of a package that brings no types. */
declare module 'ejs' {
  export type Template = (data: Record<string, unknown>) => string;
  export function compile(text: string, options: { filename: string }): Template;
}
