export type Call = (path: string, params: unknown, options: Santokit.CallOptions) => Promise<unknown>;

/** A segment of a public path; no logic has one of these names, and languages and tools ask every value for them. */
const SEGMENT = /^(?!(then|toJSON|toString|valueOf|constructor|prototype)$)[A-Za-z]\w*$/;

/**
 * The tree of callable paths under `path`. Looking at it (awaiting, printing, comparing, converting it) never calls the
 * Server; only calling a path does.
 */
export function logicProxy(path: string, call: Call): any {
  const children = new Map<string, unknown>();
  const target = (params?: unknown, options?: Santokit.CallOptions) => call(path, params, options ?? {});
  const text = () => `stk.logic.${path.replaceAll("/", ".")}`;
  return new Proxy(target, {
    get(_, key) {
      if (key === Symbol.toPrimitive || key === "toString") return text;
      if (typeof key === "symbol" || !SEGMENT.test(key)) return undefined;
      if (!children.has(key)) children.set(key, logicProxy(path ? `${path}/${key}` : key, call));
      return children.get(key);
    },
  });
}
