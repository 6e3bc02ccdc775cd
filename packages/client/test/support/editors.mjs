// The two language servers that editors run, each with one file open. `firstError()` is what the editor underlines; `changed(files)`
// tells a server that does not watch by itself; `updated` resolves when the server says that something changed.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { packageOf } from "./typescript.mjs";

/** tsserver of TypeScript 5.9, which watches files itself. */
export function tsserver(t, _root, file) {
  const server = spawn(process.execPath, [join(packageOf("typescript-5.9"), "lib/tsserver.js"), "--disableAutomaticTypingAcquisition"]);
  t.after(() => server.kill());
  const replies = new Map();
  let onUpdate = () => {};
  createInterface(server.stdout).on("line", (line) => {
    if (!line.startsWith("{")) return;
    const message = JSON.parse(line);
    if (message.type === "response") replies.get(message.request_seq)?.(message.body);
    else if (message.event === "projectsUpdatedInBackground") onUpdate();
  });
  let seq = 0;
  const send = (command, args) => {
    server.stdin.write(`${JSON.stringify({ seq: ++seq, type: "request", command, arguments: args })}\n`);
    return new Promise((resolve) => replies.set(seq, resolve));
  };
  send("open", { file });
  return {
    changed() {},
    nextUpdate: () => new Promise((resolve) => (onUpdate = () => resolve(true))),
    firstError: async () => (await send("semanticDiagnosticsSync", { file }))[0]?.text ?? "",
  };
}

/** The language server of the current TypeScript, to which the editor reports changes of files. */
export function languageServer(t, root, file) {
  const server = spawn(process.execPath, [join(packageOf("typescript"), "bin/tsc"), "--lsp", "--stdio"]);
  t.after(() => server.kill());
  const replies = new Map();
  const write = (message) => {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
  let received = Buffer.alloc(0);
  server.stdout.on("data", (data) => {
    received = Buffer.concat([received, data]);
    for (let head; (head = received.indexOf("\r\n\r\n")) >= 0; ) {
      const end = head + 4 + Number(/Content-Length: (\d+)/.exec(received.subarray(0, head))[1]);
      if (received.length < end) return;
      const message = JSON.parse(received.subarray(head + 4, end));
      received = received.subarray(end);
      if (message.method === undefined) replies.get(message.id)?.(message.result);
      else if (message.id !== undefined) write({ id: message.id, result: message.params?.items?.map(() => null) ?? null });
    }
  });
  let id = 0;
  const send = (method, params) => {
    write({ id: ++id, method, params });
    return new Promise((resolve) => replies.set(id, resolve));
  };
  const uri = pathToFileURL(file).href;
  const ready = (async () => {
    const watching = { didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true } };
    const capabilities = { workspace: watching, textDocument: { diagnostic: {} } };
    const rootUri = pathToFileURL(root).href;
    await send("initialize", { processId: process.pid, rootUri, workspaceFolders: [{ uri: rootUri, name: "app" }], capabilities });
    write({ method: "initialized", params: {} });
    const text = readFileSync(file, "utf8");
    write({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "typescript", version: 1, text } } });
  })();
  return {
    changed(files) {
      const changes = files.map(({ path, created }) => ({ uri: pathToFileURL(path).href, type: created ? 1 : 2 }));
      write({ method: "workspace/didChangeWatchedFiles", params: { changes } });
    },
    nextUpdate: () => new Promise((resolve) => setImmediate(resolve, true)),
    async firstError() {
      await ready;
      const { items } = await send("textDocument/diagnostic", { textDocument: { uri } });
      return items[0]?.message ?? "";
    },
  };
}
