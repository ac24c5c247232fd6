// Bundles the playground: `node build.mjs OUT` writes app.js, app.css and licences.txt. Run by build.rs.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

// GraphiQL's style sheet carries its fonts inside (360 kB); the page uses those of the system.
const withoutFonts = {
  name: "without-fonts",
  setup({ onLoad }) {
    onLoad({ filter: /graphiql.*style\.css$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll(/@font-face\s*\{[^}]*\}/g, ""),
      loader: "css",
    }));
  },
};

const { metafile } = await build({
  entryPoints: { app: "app.js" },
  outdir: process.argv[2],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning",
  plugins: [withoutFonts],
  metafile: true,
});

// The licences of all that went into the bundle go with it.
const packages = new Set(Object.keys(metafile.inputs).map((path) => path.match(/.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]));
packages.delete(undefined);
const texts = [];
for (const folder of [...packages].sort()) {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? await readFile(`${folder}/${file}`, "utf8") : "";
  texts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
}
await writeFile(`${process.argv[2]}/licences.txt`, texts.join(`\n${"-".repeat(72)}\n\n`));
