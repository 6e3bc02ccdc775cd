// What `stk sync` must write, as TYPES.md says it. Run as `stk sync --offline` in a package, it takes the types and the runtime
// facts from `.stk/`, as the real one does after `npm ci`.
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";

export function sync(root, { types, runtime }) {
  const facts = JSON.stringify(runtime);
  const modules = join(root, "node_modules");
  put(join(modules, "@types/.santokit/index.d.ts"), types);
  put(join(modules, "@types/.santokit/package.json"), packageJson("@types/.santokit", "./index.d.ts"));
  put(join(modules, ".santokit/index.d.ts"), types);
  put(join(modules, ".santokit/manifest.json"), "{}");
  put(join(modules, ".santokit/runtime.json"), facts);
  put(join(modules, ".santokit/package.json"), packageJson(".santokit", "../@types/.santokit/index.d.ts"));

  const client = installedClient(root);
  if (!client) return;
  for (const [format, text] of [["esm", `export const manifest = ${facts};\n`], ["cjs", `exports.manifest = ${facts};\n`]]) {
    const stamp = join(client, "dist", format, "manifest.js");
    if (existsSync(stamp)) put(stamp, text);
  }
}

const packageJson = (name, types) => JSON.stringify({ name, version: "0.0.0", private: true, types });

/** The client's real path, if that copy is this package's alone. */
function installedClient(root) {
  const found = join(root, "node_modules/@santokit/client");
  if (!existsSync(found)) return undefined;
  const client = realpathSync(found);
  return client.startsWith(join(realpathSync(root), "node_modules") + sep) ? client : undefined;
}

/** Leaves equal files alone; replaces others by rename, because they may be hard links into a shared store. */
function put(file, text) {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  mkdirSync(dirname(file), { recursive: true });
  // Package managers run the `prepare` scripts of several packages at once, so the name is this process's own.
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

if (process.argv[2] === "sync") {
  const read = (name) => readFileSync(join(process.cwd(), ".stk", name), "utf8");
  sync(process.cwd(), { types: read("index.d.ts"), runtime: JSON.parse(read("runtime.json")) });
}
