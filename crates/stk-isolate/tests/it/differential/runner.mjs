// Runs scripts (a JSON array of sources on stdin) one after another, and writes what each printed as a JSON array.
import { readFileSync } from 'node:fs';

const base = process.argv[2];
const sources = JSON.parse(readFileSync(0, 'utf8'));
const AsyncFunction = (async () => {}).constructor;
const write = process.stdout.write.bind(process.stdout);
let printed = '';
const keep = (text) => {
  printed += text;
  return true;
};
process.stdout.write = keep;
process.stderr.write = keep;

const outputs = [];
for (const source of sources) {
  printed = '';
  try {
    await new AsyncFunction('BASE', `"use strict";${source}`)(base);
  } catch (error) {
    printed += `uncaught: ${error?.name}: ${error?.message}\n`;
  }
  outputs.push(printed.toWellFormed());
}
write(JSON.stringify(outputs), () => process.exit(0));
