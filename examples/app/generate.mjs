// Generates src/api/schema.ts: the types of every operation in src/**/*.graphql, and the parsed
// operations. An operation that does not fit the schema is an error here.

import { readFile, readdir, writeFile } from "node:fs/promises";
import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import * as documents from "@graphql-codegen/typed-document-node";
import { buildSchema, isAbstractType, parse, printSchema } from "graphql";

const here = new URL(".", import.meta.url);
const schema = buildSchema(await readFile(new URL("../../schema.graphql", here), "utf8"));
const files = (await readdir(new URL("src/", here), { recursive: true })).filter((name) => name.endsWith(".graphql"));
const scalars = { ID: "string", DateTime: "string", Date: "string", JSON: "unknown", Upload: "File" };

const code = await codegen({
  filename: "src/api/schema.ts",
  schema: parse(printSchema(schema)),
  schemaAst: schema,
  documents: await Promise.all(
    files.sort().map(async (name) => ({
      location: name,
      document: parse(await readFile(new URL(`src/${name}`, here), "utf8")),
    })),
  ),
  config: {
    scalars,
    strictScalars: true,
    enumsAsTypes: true,
    onlyOperationTypes: true,
    preResolveTypes: true,
    skipTypename: false,
    useTypeImports: true,
    avoidOptionals: { field: true },
  },
  pluginMap: { typescript, operations, documents },
  plugins: [{ typescript: {} }, { operations: {} }, { documents: {} }],
});

// For the cache: which objects each union and interface has.
const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
const possible = abstract.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]);
const types = `export const possibleTypes = ${JSON.stringify(Object.fromEntries(possible))};\n`;

await writeFile(new URL("src/api/schema.ts", here), `${code}\n${types}`);
console.log(`src/api/schema.ts, from ${files.length} files`);
