// An open editor shows new types after a sync, without a restart. tsserver ignores changes below `/node_modules/.`, so this
// holds because of where `stk sync` writes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { sync } from "./support/sync.mjs";
import { packageOf } from "./support/typescript.mjs";

const packageRoot = fileURLToPath(new URL("..", import.meta.url));
const WAIT_MS = 60_000;

/** An app whose one file has an error that tells the type of a call. */
function app(t, compilerOptions) {
  const dir = mkdtempSync(join(tmpdir(), "santokit-editor-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const root = join(dir, "projects/app"); // tsserver watches nothing that is too near to the file system's root.
  const client = join(root, "node_modules/@santokit/client");
  mkdirSync(join(root, "src"), { recursive: true });
  for (const name of ["package.json", "dist"]) cpSync(join(packageRoot, name), join(client, name), { recursive: true });
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ compilerOptions: { strict: true, ...compilerOptions }, include: ["src"] }));
  const file = join(root, "src/app.ts");
  writeFileSync(file, 'import { stk } from "@santokit/client";\nexport const told: never = stk.logic.users.get({ id: "u" });\n');
  return { root, file };
}

/** tsserver with the file open; `until` resolves once the file's first error holds the text. */
function editor(t, file) {
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
    async until(text) {
      for (;;) {
        const updated = new Promise((resolve) => (onUpdate = () => resolve(true)));
        const [error] = await send("semanticDiagnosticsSync", { file });
        if (error?.text.includes(text)) return;
        let timer;
        const waited = new Promise((resolve) => (timer = setTimeout(resolve, WAIT_MS, false)));
        const again = await Promise.race([updated, waited]);
        clearTimeout(timer);
        assert.ok(again, `the editor never showed \`${text}\`; it shows: ${error?.text}`);
      }
    },
  };
}

const types = (id) =>
  `interface SantokitLogic { users: { get(params: { id: string }, options?: Santokit.CallOptions): Promise<{ id: ${id} }> } }\n`;
const runtime = { hash: "00".repeat(32), readOnly: [] };

for (const [what, options] of [
  ["", { module: "nodenext" }],
  [", with typeRoots of the app's own", { module: "esnext", moduleResolution: "bundler", typeRoots: ["types"] }],
]) {
  test(`an open editor follows the first sync and later ones${what}`, async (t) => {
    const { root, file } = app(t, options);
    const { until } = editor(t, file);
    await until("'any'");
    for (const id of ["string", "number", "bigint"]) {
      sync(root, { types: types(id), runtime });
      await until(`id: ${id};`);
    }
  });
}
