import { call } from "./call.js";
import type { ClientOptions } from "./options.js";
import { logicProxy } from "./proxy.js";
import { TokenSource } from "./token.js";

/** The synced logic; before the first `stk sync`, anything may be called. */
export type Logic = keyof SantokitLogic extends never ? any : SantokitLogic;

export interface Client<L = Logic> {
  /** The backend's logic: `client.logic.users.get({ id })` calls `users/get`. */
  readonly logic: L;
  /** Changes options for the calls that follow; what is not named stays. */
  configure(options: ClientOptions): void;
}

/** Makes a client of its own, for a backend other than `stk`'s or, on a server, for one user's request. */
export function createClient<L = Logic>(options: ClientOptions = {}): Client<L> {
  let tokens = new TokenSource(options);
  return {
    logic: logicProxy("", (path, params, callOptions) => call(tokens, path, params, callOptions)),
    configure(changes) {
      tokens = new TokenSource({ ...tokens.options, ...changes });
    },
  };
}

/** The ready client; `stk.configure({ baseUrl })` once at the app's start, or `STK_URL` in the environment. */
export const stk: Client = /* @__PURE__ */ createClient();
