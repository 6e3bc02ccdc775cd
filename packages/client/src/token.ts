import type { ClientOptions, TokenProvider } from "./options.js";

type Token = string | null | undefined;

/** Asks the provider for tokens; however many calls fail with 401 at once, it is asked to refresh once. */
export class TokenSource {
  /** How many refreshes have ended: tells a call whether its token is of before or after one. */
  refreshes = 0;
  #refreshing: Promise<Token> | undefined;

  constructor(readonly options: ClientOptions) {}

  async current(): Promise<Token> {
    const { token } = this.options;
    return typeof token === "function" ? token({ refresh: false }) : token;
  }

  /** A token to try after `rejected`, taken when `refreshes` was `seen`, was answered with 401; the same one if there is none. */
  async after(rejected: Token, seen: number): Promise<Token> {
    const provider = this.options.token;
    if (typeof provider !== "function") return rejected;
    if (!this.#refreshing && this.refreshes !== seen) {
      const current = await this.current();
      if (current !== rejected) return current;
    }
    return (this.#refreshing ??= this.#refresh(provider));
  }

  async #refresh(provider: TokenProvider): Promise<Token> {
    try {
      return await provider({ refresh: true });
    } finally {
      this.refreshes++;
      this.#refreshing = undefined;
    }
  }
}
