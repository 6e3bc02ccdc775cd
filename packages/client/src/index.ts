export { createClient, stk, type Client, type Logic } from "./client.js";
export {
  isSantokitError,
  SantokitError,
  type ClientErrorCode,
  type ErrorCode,
  type ErrorDetails,
  type ParamError,
  type ServerErrorCode,
} from "./error.js";
export type { ClientManifest, ClientOptions, FetchLike, ResponseLike, TokenProvider } from "./options.js";

export type CallOptions = Santokit.CallOptions;
export type Json = Santokit.Json;

/** The params of a logic: `ParamsOf<typeof stk.logic.users.get>`. */
export type ParamsOf<F extends (...args: any) => Promise<any>> = NonNullable<Parameters<F>[0]>;

/** The result of a logic: `ResultOf<typeof stk.logic.users.get>`. */
export type ResultOf<F extends (...args: any) => Promise<any>> = Awaited<ReturnType<F>>;
