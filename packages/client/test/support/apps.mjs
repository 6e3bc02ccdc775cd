// Temporary apps that install the packed client, as an app's developer would.
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
const fixtures = join(packageRoot, "test/fixtures");
const bin = join(packageRoot, "test/support/bin");
const pnpmRoot = join(packageRoot, "node_modules/pnpm");

export const fixture = (name) => readFileSync(join(fixtures, name), "utf8");

/** A folder that goes away with the test, with the packed client in it. */
export function workspace(t) {
  const dir = mkdtempSync(join(tmpdir(), "santokit-client-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", dir], { cwd: packageRoot });
  return dir;
}

const version = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")).version;

/** An app with sources, types and runtime facts in `.stk/`, and the `prepare` script that `stk init` adds. */
export function app(root, { tarball, sources = ["app.ts"], types = "shop.d.ts", runtime = RUNTIME, scripts = { prepare: "stk sync --offline" } }) {
  mkdirSync(join(root, "src"), { recursive: true });
  mkdirSync(join(root, ".stk"), { recursive: true });
  const dependencies = { "@santokit/client": `file:${tarball}/santokit-client-${version}.tgz` };
  writeFileSync(join(root, "package.json"), JSON.stringify({ name: "app", private: true, scripts, dependencies }));
  writeFileSync(join(root, ".stk/index.d.ts"), fixture(types));
  writeFileSync(join(root, ".stk/runtime.json"), JSON.stringify(runtime));
  for (const source of sources) {
    cpSync(join(fixtures, source), join(root, "src", source));
    // The same code as a CommonJS and as an ESM importer, which see different declarations of the client.
    cpSync(join(fixtures, source), join(root, "src", source.replace(/\.ts$/, ".cts")));
  }
  return root;
}

export const RUNTIME = { hash: "5f".repeat(32), readOnly: ["products/search", "users/get"] };

/** Runs a command of the app's developer; `stk` is on the path. Fails with all that the command printed. */
export function run(cwd, command, ...args) {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, npm_config_offline: "true" };
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(" ")}: ${error.message}\n${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
}

export const npm = (cwd, ...args) => run(cwd, "npm", ...args, "--no-audit", "--no-fund");

export function pnpm(cwd, ...args) {
  const { bin: entry } = JSON.parse(readFileSync(join(pnpmRoot, "package.json"), "utf8"));
  return run(cwd, join(pnpmRoot, entry.pnpm), ...args);
}
