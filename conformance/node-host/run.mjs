// Runs the cases of one deployed project through the wasm32 build of stk-runtime.
//
//     node conformance/node-host/run.mjs FOLDER [MODULE.wasm]
//
// FOLDER holds what a deploy made: release.bin and attestation.bin (encoded as in the edge package), secrets.json
// (by name), databases.json (connection URL by alias), cases.json (the project's cases). Exits 1 where a case fails.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { check, requestOf } from "./cases.mjs";
import { Host } from "./host.mjs";
import { Runtime } from "./runtime.mjs";

const repository = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const built = path.join(repository, "target/wasm/wasm32-unknown-unknown/wasm/stk_runtime.wasm");
const [folder, module = built] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node conformance/node-host/run.mjs FOLDER [MODULE.wasm]");
  process.exit(2);
}

const bytes = (name) => readFile(path.join(folder, name));
const json = async (name) => JSON.parse(await bytes(name));

const secrets = await json("secrets.json");
const runtime = await Runtime.load(module);
const deployment = runtime.deploy(await bytes("release.bin"), await bytes("attestation.bin"), secrets);
const host = await Host.open(runtime, deployment, await json("databases.json"));
const { project, env, cases } = await json("cases.json");

let failed = 0;
for (const { name, request, expect } of cases) {
  const reply = await host.handle(requestOf(request, { project, env, secret: secrets.JWT_SECRET }));
  const faults = check(reply, expect);
  if (faults.length === 0) continue;
  failed += 1;
  console.error(`${name}\n  ${faults.join("\n  ")}${reply.cause ? `\n  cause: ${reply.cause}` : ""}`);
}
host.close();
console.log(`${cases.length - failed} of ${cases.length} cases pass`);
process.exitCode = failed === 0 ? 0 : 1;
