// Types reach an app with no import and no file in its sources: by every package manager, compiler and resolution.
import assert from "node:assert/strict";
import { existsSync, linkSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { app, fixture, npm, pnpm, run, RUNTIME, workspace } from "./support/apps.mjs";
import { sync } from "./support/sync.mjs";
import { failures, MATRIX } from "./support/typescript.mjs";

const strictest = { noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noPropertyAccessFromIndexSignature: true };
const current = MATRIX.filter(([compiler]) => compiler === "typescript");
const brief = MATRIX.filter(([, resolution]) => resolution === "bundler" || resolution === "node10");

/** What the installed client knows of its manifest, asked in a process of its own, as ESM and as CommonJS. */
async function sentManifest(root) {
  const report = `createClient({ baseUrl: "http://unused", fetch: async (_, { headers }) => {
    console.log(headers["x-santokit-manifest"]);
    return new Response("1");
  } }).logic.a()`;
  writeFileSync(join(root, "report.mjs"), `import { createClient } from "@santokit/client"; ${report}`);
  writeFileSync(join(root, "report.cjs"), `const { createClient } = require("@santokit/client"); ${report}`);
  const said = await Promise.all(["report.mjs", "report.cjs"].map((file) => run(root, "node", file)));
  return said.map((line) => line.trim());
}

const KNOWN = [RUNTIME.hash, RUNTIME.hash];
const UNKNOWN = ["undefined", "undefined"];

test("before the first sync nothing fails", async (t) => {
  const dir = workspace(t);
  const root = app(join(dir, "app"), { tarball: dir, sources: ["unsynced.ts"], scripts: {} });
  await npm(root, "install");
  assert.deepEqual(await failures(root, strictest), {});
  assert.deepEqual(await sentManifest(root), UNKNOWN);
});

test("npm: install, install of another package, prune and npm ci", async (t) => {
  const dir = workspace(t);
  const root = app(join(dir, "app"), { tarball: dir, sources: ["app.ts", "platform.ts"] });
  await npm(root, "install");
  assert.deepEqual(await failures(root), {});
  assert.deepEqual(await failures(root, { matrix: brief, ...strictest }), {});
  assert.deepEqual(await failures(root, { matrix: brief, typeRoots: ["./types"] }), {}, "with typeRoots of the app's own");
  assert.deepEqual(await sentManifest(root), KNOWN);

  await npm(root, "pkg", "delete", "scripts.prepare");
  for (const name of ["other", "@types/other"]) {
    const other = join(dir, name);
    app(other, { tarball: dir, sources: [], scripts: {} });
    await npm(other, "pkg", "set", `name=${name}`, "version=1.0.0");
    await npm(other, "pkg", "delete", "dependencies", "private");
    await npm(other, "pack", "--silent", "--pack-destination", dir);
  }
  await npm(root, "install", join(dir, "other-1.0.0.tgz"), join(dir, "types-other-1.0.0.tgz"));
  await npm(root, "uninstall", "@types/other");
  await npm(root, "prune");
  assert.ok(existsSync(join(root, "node_modules/other")) && !existsSync(join(root, "node_modules/@types/other")));
  assert.deepEqual(await failures(root, { matrix: current }), {}, "without a new sync");
  assert.deepEqual(await sentManifest(root), KNOWN);

  await npm(root, "pkg", "set", "scripts.prepare=stk sync --offline");
  await npm(root, "ci");
  assert.deepEqual(await failures(root), {});
  assert.deepEqual(await sentManifest(root), KNOWN);

  await npm(root, "ci", "--ignore-scripts");
  assert.ok(!existsSync(join(root, "node_modules/.santokit")), "npm ci deletes what sync wrote");
  assert.deepEqual(await sentManifest(root), UNKNOWN);
});

test("pnpm: install, and again frozen", async (t) => {
  const dir = workspace(t);
  const root = app(join(dir, "app"), { tarball: dir });
  const store = ["--store-dir", join(dir, "store")];
  await pnpm(root, "install", ...store);
  assert.match(realpathSync(join(root, "node_modules/@santokit/client")), /\.pnpm/);
  assert.deepEqual(await failures(root), {});
  assert.deepEqual(await failures(root, { matrix: brief, typeRoots: ["./types"] }), {}, "with typeRoots of the app's own");
  assert.deepEqual(await sentManifest(root), KNOWN);

  // What pnpm leaves where it lays node_modules anew after a change of settings: dot folders only.
  rmSync(join(root, "node_modules/@types"), { recursive: true });
  assert.deepEqual(await failures(root), {}, "without a new sync");

  rmSync(join(root, "node_modules"), { recursive: true });
  await pnpm(root, "install", "--frozen-lockfile", "--ignore-scripts", ...store);
  assert.deepEqual(await sentManifest(root), UNKNOWN, "the stamp never reached pnpm's store");

  rmSync(join(root, "node_modules"), { recursive: true });
  await pnpm(root, "install", "--frozen-lockfile", ...store);
  assert.deepEqual(await failures(root), {});
});

for (const [what, settings] of [["", ""], [" with a store that all projects share", "enableGlobalVirtualStore: true\n"]]) {
  test(`pnpm workspace${what}: two apps of two backends share one client, each sees its own types`, async (t) => {
    const dir = workspace(t);
    const shop = app(join(dir, "apps/shop"), { tarball: dir });
    const other = app(join(dir, "apps/other"), { tarball: dir, sources: ["other.ts"], types: "other.d.ts" });
    writeFileSync(join(dir, "package.json"), '{ "name": "root", "private": true }');
    writeFileSync(join(dir, "pnpm-workspace.yaml"), `packages: ["apps/*"]\n${settings}`);
    await pnpm(dir, "install", "--store-dir", join(dir, "store"));
    const [client, same] = [shop, other].map((root) => realpathSync(join(root, "node_modules/@santokit/client")));
    assert.equal(client, same);
    assert.deepEqual(await failures(shop), {});
    assert.deepEqual(await failures(other, { matrix: brief }), {});
    assert.deepEqual(await sentManifest(shop), UNKNOWN, "a shared copy says nothing of one app's manifest");
  });
}

test("npm workspace: the client is hoisted, types are the app's", async (t) => {
  const dir = workspace(t);
  const shop = app(join(dir, "apps/shop"), { tarball: dir });
  const other = app(join(dir, "apps/other"), { tarball: dir, sources: ["other.ts"], types: "other.d.ts" });
  await npm(other, "pkg", "set", "name=other");
  writeFileSync(join(dir, "package.json"), '{ "name": "root", "private": true, "workspaces": ["apps/*"] }');
  await npm(dir, "install");
  assert.ok(!existsSync(join(shop, "node_modules/@santokit")));
  assert.deepEqual(await failures(shop), {});
  assert.deepEqual(await failures(other, { matrix: brief }), {});
});

test("types committed as a file of the sources do as well", async (t) => {
  const dir = workspace(t);
  const root = app(join(dir, "app"), { tarball: dir, scripts: {} });
  await npm(root, "install");
  writeFileSync(join(root, "src/santokit.d.ts"), `/// <reference types="@santokit/client" />\n${fixture("shop.d.ts")}`);
  assert.deepEqual(await failures(root), {});
});

test("an app without the platform's library compiles", async (t) => {
  const dir = workspace(t);
  const root = app(join(dir, "app"), { tarball: dir, sources: ["other.ts"], types: "other.d.ts" });
  await npm(root, "install");
  assert.deepEqual(await failures(root, { lib: ["es2022"] }), {});
});

test("a second sync touches nothing, and replaces files without writing through hard links", async (t) => {
  const dir = workspace(t);
  const root = app(join(dir, "app"), { tarball: dir });
  await npm(root, "install");
  const stamp = join(root, "node_modules/@santokit/client/dist/cjs/manifest.js");
  const folders = ["node_modules/.santokit", "node_modules/@types/.santokit", "node_modules/@santokit/client/dist/esm"];
  const state = () =>
    folders.flatMap((folder) => readdirSync(join(root, folder)).map((name) => [name, statSync(join(root, folder, name)).ino]));
  const before = state();
  sync(root, { types: fixture("shop.d.ts"), runtime: RUNTIME });
  assert.deepEqual(state(), before);
  linkSync(stamp, join(dir, "in-a-store.js"));
  sync(root, { types: fixture("shop.d.ts"), runtime: { ...RUNTIME, hash: "00".repeat(32) } });
  const changed = state().filter(([name, inode], i) => inode !== before[i][1]).map(([name]) => name);
  assert.deepEqual(changed.sort(), ["manifest.js", "runtime.json"]);
  assert.match(readFileSync(stamp, "utf8"), /^exports\.manifest = \{"hash":"00/);
  assert.match(readFileSync(join(dir, "in-a-store.js"), "utf8"), /^exports\.manifest = \{"hash":"5f/);
});
