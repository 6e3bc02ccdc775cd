import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const BYTES_MAX = 4_000;
const built = fileURLToPath(new URL("../dist/esm/index.js", import.meta.url));
const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

test("the built client is under 4 kB gzipped, as published and in an app's bundle", async () => {
  const published = gzipped(readFileSync(built));
  assert.ok(published < BYTES_MAX, `published: ${published} bytes`);

  const entry = 'import { stk } from "@santokit/client"; stk.logic.users.get({ id: "u" }).then(console.log);';
  const stdin = { contents: entry, resolveDir: fileURLToPath(new URL(".", import.meta.url)) };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: "esm", platform: "browser", write: false });
  const bundled = gzipped(outputFiles[0].contents);
  assert.ok(bundled < published, `bundled: ${bundled} bytes`);
});

test("the package has no runtime dependencies", () => {
  const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  assert.deepEqual([dependencies, peerDependencies, optionalDependencies], [undefined, undefined, undefined]);
});
