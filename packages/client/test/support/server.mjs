// A real HTTP server on a free port that answers calls as a test says and remembers them.
import { createServer } from "node:http";
import { once } from "node:events";

/**
 * `answer(request, response)` gets `{ path, params, headers, method, url, index }`. What it returns is sent as JSON, unless it
 * has used `response` itself and returns undefined.
 */
export async function startServer(answer) {
  const calls = [];
  const server = createServer(async (incoming, response) => {
    let text = "";
    for await (const chunk of incoming) text += chunk;
    const { headers, method, url } = incoming;
    const call = { ...(text ? JSON.parse(text) : {}), headers, method, url, index: calls.length };
    calls.push(call);
    const body = await answer(call, response);
    if (body !== undefined) json(response, 200, body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    calls,
    baseUrl: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function json(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** An RFC 9457 answer as the Server gives it. */
export function problem(response, status, code, more = {}, headers = {}) {
  const body = { type: `https://santokit.dev/errors#${code}`, title: `title of ${code}`, status, code, requestId: "req-1", ...more };
  json(response, status, body, { "content-type": "application/problem+json", ...headers });
}

/** Runs `body` with a server, and closes it whatever happens. */
export async function withServer(answer, body) {
  const server = await startServer(answer);
  try {
    return await body(server);
  } finally {
    await server.close();
  }
}

/** The error that a promise rejects with. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("the call succeeded, but should have failed");
}
