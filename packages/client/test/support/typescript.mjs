// Compiles a package with the real compilers, in every resolution that the client supports.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

export const packageOf = (compiler) => dirname(require.resolve(`${compiler}/package.json`));

/** Compiler, resolution, and the module kind that goes with it. */
export const MATRIX = [
  ["typescript", "bundler", "esnext"],
  ["typescript", "node16", "node16"],
  ["typescript", "nodenext", "nodenext"],
  ["typescript-5.9", "bundler", "esnext"],
  ["typescript-5.9", "node16", "node16"],
  ["typescript-5.9", "nodenext", "nodenext"],
  ["typescript-5.9", "node10", "commonjs"],
];

/** What `tsc` says of the package at `root`, the client's declarations checked too; "" is a pass. */
export async function compile(root, [compiler, moduleResolution, module], more = {}) {
  const checked = { strict: true, skipLibCheck: false, skipDefaultLibCheck: true };
  const compilerOptions = { ...checked, noEmit: true, target: "es2022", module, moduleResolution, ...more };
  const project = join(root, `tsconfig.${compiler}.${moduleResolution}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions, include: ["src"] }));
  const tsc = join(packageOf(compiler), "bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, "-p", project, "--pretty", "false"], { cwd: root }, (error, stdout, stderr) => {
      resolve(error ? stdout + stderr || String(error) : "");
    });
  });
}

/** The passes that fail, with what they say; {} where all is well. */
export async function failures(root, { matrix = MATRIX, ...more } = {}) {
  const said = await Promise.all(matrix.map(async (pass) => [pass.slice(0, 2).join(" "), await compile(root, pass, more)]));
  return Object.fromEntries(said.filter(([, text]) => text !== ""));
}
