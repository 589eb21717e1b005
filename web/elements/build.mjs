// Bundles the elements into ../assets/elements, from where the binary takes them. `--compare` writes nothing, and fails
// where what is there is not what would be written: the bundle is kept beside its sources, and must not fall behind.

import { build } from "esbuild";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = join(here, "../assets/elements");

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: { main: "src/main.ts" },
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  // Chunks ask for each other by these names, so that a page never mixes those of two versions.
  chunkNames: "[name]-[hash]",
  legalComments: "eof",
  outdir: target,
  write: false,
  logLevel: "warning",
});

const made = new Map(outputFiles.map(file => [basename(file.path), Buffer.from(file.contents)]));
const kept = await readdir(target).catch(() => []);

if (process.argv.includes("--compare")) {
  const names = new Set([...made.keys(), ...kept]);
  const wrong = [];
  for (const name of names) {
    const bytes = kept.includes(name) ? await readFile(join(target, name)) : null;
    if (bytes === null || !made.get(name)?.equals(bytes)) wrong.push(name);
  }
  if (wrong.length > 0) {
    console.error(`web/assets/elements is not what its sources make: ${wrong.sort().join(", ")}. Run \`make web\`.`);
    process.exit(1);
  }
} else {
  await mkdir(target, { recursive: true });
  for (const name of kept) if (!made.has(name)) await rm(join(target, name));
  for (const [name, bytes] of made) await writeFile(join(target, name), bytes);
}
