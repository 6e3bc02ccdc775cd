// An open editor shows new types after a sync, without a restart. Language servers ignore changes below `/node_modules/.`, so this
// holds because of where `stk sync` writes.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { languageServer, tsserver } from "./support/editors.mjs";
import { sync } from "./support/sync.mjs";

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

/** Resolves once the editor's error holds the text. */
async function shown(editor, text) {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const updated = editor.nextUpdate();
    const error = await editor.firstError();
    if (error.includes(text)) return;
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, deadline - Date.now(), false)));
    const again = await Promise.race([updated, late]);
    clearTimeout(timer);
    assert.ok(again && Date.now() < deadline, `the editor never showed \`${text}\`; it shows: ${error}`);
  }
}

const types = (id) =>
  `interface SantokitLogic { users: { get(params: { id: string }, options?: Santokit.CallOptions): Promise<{ id: ${id} }> } }\n`;
const runtime = { hash: "00".repeat(32), readOnly: [] };

/** Syncs, and tells which files an editor would report. */
function syncedFiles(root, id) {
  const paths = ["@types/.santokit/index.d.ts", "@types/.santokit/package.json", ".santokit/index.d.ts"];
  const files = paths.map((name) => join(root, "node_modules", name)).map((path) => ({ path, created: !existsSync(path) }));
  sync(root, { types: types(id), runtime });
  return files;
}

for (const [name, open] of [["TypeScript 5.9", tsserver], ["the current TypeScript", languageServer]]) {
  for (const [what, options] of [
    ["", { module: "nodenext" }],
    [", with typeRoots of the app's own", { module: "esnext", moduleResolution: "bundler", typeRoots: ["types"] }],
  ]) {
    test(`an editor with ${name} follows the first sync and later ones${what}`, async (t) => {
      const { root, file } = app(t, options);
      const editor = open(t, root, file);
      await shown(editor, "'any'");
      for (const id of ["string", "number", "bigint"]) {
        editor.changed(syncedFiles(root, id));
        await shown(editor, `id: ${id};`);
      }
    });
  }
}
