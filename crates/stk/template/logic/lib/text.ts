// A file without a default export is a module: other files import it, and nobody calls it.

/** The text, cut where it is longer than `length` characters. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : text;
}
