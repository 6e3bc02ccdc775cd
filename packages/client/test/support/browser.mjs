// Headless Chromium, and the client bundled for it.
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The whole client as one classic script, which sets `globalThis.santokit`. */
export async function bundledClient() {
  const entry = fileURLToPath(new URL("../../dist/esm/index.js", import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "iife",
    globalName: "santokit",
    platform: "browser",
    write: false,
  });
  return outputFiles[0].text;
}

/** An empty page of the origin, whose host and port are this process's own for the browser; closed with the test. */
export async function openPage(t, origin) {
  const site = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>app</title>"));
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  t.after(() => site.close());
  const mapped = `--host-resolver-rules=MAP ${new URL(origin).host} 127.0.0.1:${site.address().port}`;
  const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: [...FLAGS, mapped] });
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(origin);
  await page.addScriptTag({ content: await bundledClient() });
  return page;
}
