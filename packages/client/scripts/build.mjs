// Builds dist/: esm/ and cjs/, each with its own package.json and the same declarations, and globals.d.ts that both share.
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [tsc, "-p", root], { stdio: "inherit" });
cpSync(join(root, "src/globals.d.ts"), join(dist, "globals.d.ts"));

for (const [format, type] of [["esm", "module"], ["cjs", "commonjs"]]) {
  const out = join(dist, format);
  for (const name of ["index", "client", "error", "options"]) {
    cpSync(join(dist, "types", `${name}.d.ts`), join(out, `${name}.d.ts`));
  }
  const index = join(out, "index.d.ts");
  writeFileSync(index, `/// <reference path="../globals.d.ts" />\n${readFileSync(index, "utf8")}`);
  writeFileSync(join(out, "package.json"), `{ "type": "${type}", "sideEffects": false }\n`);
  await build({
    entryPoints: [join(root, "src/index.ts")],
    outfile: join(out, "index.js"),
    bundle: true,
    format,
    target: "es2022",
    legalComments: "none",
    // `stk sync` replaces it in the installed package, so it stays a module of its own.
    external: ["./manifest.js"],
  });
}
writeFileSync(join(dist, "esm/manifest.js"), "export const manifest = undefined;\n");
writeFileSync(join(dist, "cjs/manifest.js"), "exports.manifest = undefined;\n");
rmSync(join(dist, "types"), { recursive: true });
