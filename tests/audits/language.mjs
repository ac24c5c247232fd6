// Compares how the server at the given address reads GraphQL with graphql-js, the reference:
// `node language.mjs http://127.0.0.1:8000/graphql [SEED] [--all]`. Ends with 1 unless they agree.
//
// Valid documents are made by walking the schema at random, and each is then broken in one of many
// ways; others are written by hand. Both must accept the same ones, and where they refuse, the
// server must report one of the errors that graphql-js reports, at its place and with the names
// concerned. What asks for nothing but the schema itself must also be answered alike.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { buildSchema, execute, parse, print } from 'graphql';
import { broken, ways } from './language/broken.mjs';
import { kinds } from './language/kinds.mjs';
import { judge, nameOf } from './language/oracle.mjs';
import { random } from './language/random.mjs';
import { walk } from './language/walk.mjs';

const VALID = 300;
const BROKEN = 6;
const SIMULTANEOUS = 4;
const STAGES = {
  GRAPHQL_PARSE_FAILED: 'parse',
  GRAPHQL_VALIDATION_FAILED: 'validate',
};

const [url = 'http://127.0.0.1:8000/graphql', given] = process.argv.slice(2);
const all = process.argv.includes('--all');
const seed = Number(given) || 1;
const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));

/** All requests: a name, a document and its variables. */
function requests() {
  const made = [...kinds];
  const valid = [];
  for (let at = 0; valid.length < VALID; at += 1) {
    const { document, variables } = walk(random(seed * 100_000 + at), schema);
    const text = print(document);
    // By chance two fields of one name may differ.
    if (judge(schema, text, variables).stage !== 'valid') continue;
    valid.push({ name: `valid ${at}`, document, variables });
    made.push({ name: `valid ${at}`, document: text, variables });
  }
  for (const way of ways) {
    const chance = random(seed);
    let found = 0;
    for (let tries = 0; found < BROKEN; tries += 1) {
      if (tries > 20 * VALID) throw new Error(`nothing was broken by ${way}`);
      const { document, variables } = chance.pick(valid);
      const text = broken(chance, schema, way, document);
      if (text === undefined || text === print(document)) continue;
      found += 1;
      made.push({ name: `${way} ${found}`, document: text, variables });
    }
  }
  return made;
}

/** What the server answers. */
async function ask({ document, variables }) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: document, variables, operationName: nameOf(document) }),
  });
  return response.json();
}

/** The stage at which the server refuses, and its errors as the oracle lists them. */
function verdict({ errors = [] }) {
  const code = errors[0]?.extensions?.code;
  // A valid subscription needs another transport.
  const transport = /not supported on this transport/.test(errors[0]?.message);
  return {
    stage: transport ? 'valid' : (STAGES[code] ?? 'valid'),
    code,
    errors: errors.map(({ message, locations = [] }) => ({
      message,
      places: locations.map(({ line, column }) => `${line}:${column}`),
    })),
  };
}

/** What is wrong with what the server said; nothing if it agrees. */
function difference({ document }, expected, said, answer) {
  const stage = expected.stage === 'coerce' ? 'validate' : expected.stage;
  if (stage !== said.stage) return `refused at the stage "${said.stage}" (${said.code})`;
  if (stage === 'valid') return introspected(document, answer);
  const told = expected.errors.some((error) =>
    said.errors.some(
      ({ message, places }) =>
        (error.places.length === 0 || error.places.some((place) => at(stage, place, places))) &&
        (stage === 'parse' || error.names.every((name) => message.replace(/[[\]!]/g, '').includes(name))),
    ),
  );
  return told ? undefined : 'another place or name';
}

/**
 * Whether one of these places is where graphql-js sees the error. What cannot be parsed may be
 * placed at the beginning of its token, and a variable at its `$`.
 */
function at(stage, place, places) {
  const [line, column] = place.split(':').map(Number);
  return places.some((other) => {
    const [here, begins] = other.split(':').map(Number);
    if (stage === 'parse') return here < line || (here === line && begins <= column);
    return here === line && (begins === column || begins === column - 1);
  });
}

/** Compares answers that consist of the schema only. */
function introspected(text, { data, errors }) {
  const document = parse(text);
  const [operation, ...rest] = document.definitions;
  const { selections } = operation.selectionSet;
  const asked = selections.every(({ name }) => /^__(schema|type|typename)$/.test(name?.value));
  if (rest.length > 0 || operation.operation !== 'query' || !asked) return undefined;
  if (operation.variableDefinitions.length > 0) return undefined;
  const expected = execute({ schema, document }).data;
  if (isDeepStrictEqual(sorted(data), sorted(expected))) return undefined;
  return `answered ${JSON.stringify(errors ?? data).slice(0, 300)} instead of ${JSON.stringify(expected).slice(0, 300)}`;
}

/** The order of types and fields does not matter. */
function sorted(value) {
  if (Array.isArray(value)) {
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]));
}

const queue = requests();
const count = { requests: queue.length, valid: 0, differ: 0 };
const begun = Date.now();

async function work() {
  for (let request = queue.shift(); request; request = queue.shift()) {
    const expected = judge(schema, request.document, request.variables);
    const answer = await ask(request);
    const said = verdict(answer);
    if (expected.stage === 'valid') count.valid += 1;
    const differs = difference(request, expected, said, answer);
    if (!differs) continue;
    count.differ += 1;
    if (count.differ > 20 && !all) continue;
    console.log(`\n${request.name}: ${differs}`);
    console.log(`  document:   ${request.document.replaceAll('\n', '\n              ')}`);
    console.log(`  variables:  ${JSON.stringify(request.variables)}`);
    console.log(`  graphql-js: ${expected.stage} ${list(expected.errors)}`);
    console.log(`  server:     ${said.stage} ${list(said.errors)}`);
  }
}

const list = (errors) =>
  errors.slice(0, 4).map(({ message, places }) => `\n    ${places.join(' ')} ${message}`).join('');

await Promise.all(Array.from({ length: SIMULTANEOUS }, work));
console.log(`\n${JSON.stringify({ ...count, seed, milliseconds: Date.now() - begun })}`);
process.exit(count.differ > 0 ? 1 : 0);
