// Holds schema.graphql against what was promised to clients: `node promise.mjs`. Ends with 1 if it
// breaks them without saying so in CHANGELOG.md, or too soon. docs/clients.md has the promise.
// `node promise.mjs --renew` promises the schema as it is: a part of making a release.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { diff } from '@graphql-inspector/core';
import {
  DEFAULT_DEPRECATION_REASON, buildSchema, isEnumType, parse, parseSchemaCoordinate, print,
  resolveASTSchemaCoordinate, visit,
} from 'graphql';

const MONTHS = 6;
// Clients that omit the value get another one: GraphQL Inspector calls that dangerous, not breaking.
const CHANGED_DEFAULTS = ['FIELD_ARGUMENT_DEFAULT_CHANGED', 'INPUT_FIELD_DEFAULT_VALUE_CHANGED'];

/** The versions in a changelog, newest first: their date, and what is listed under each heading. */
export function versions(changelog) {
  return changelog.split(/^## /m).slice(1).map((section) => {
    const [title, ...parts] = section.split(/^### /m);
    const listed = (heading) =>
      parts
        .filter((part) => part.startsWith(`${heading}\n`))
        .flatMap((part) => [...part.matchAll(/^- ((?:`[^`]+`(?:, )?)+): /gm)])
        .flatMap(([, coordinates]) => coordinates.match(/[^`]+(?=`(?:, |$))/g));
    const date = title.match(/ - (\d{4}-\d{2}-\d{2})$/m)?.[1];
    return { date: date && new Date(date), breaking: listed('Breaking'), deprecated: listed('Deprecated') };
  });
}

/** What a schema promises: everything but its descriptions. */
export function promiseOf(text) {
  const document = visit(parse(text), { enter: (node) => ({ ...node, description: undefined }) });
  return `${print(document)}\n`;
}

/** What is wrong with a schema, one line each. */
export async function problems({ promised, current, changelog, today }) {
  const [top, ...older] = versions(changelog);
  const released = [top, ...older].filter(({ date }) => date);
  const before = buildSchema(promised);
  const after = buildSchema(current);
  const found = [];

  if (top.date && promiseOf(current) !== promised) {
    found.push('the newest version in CHANGELOG.md has a date, but the promise is not that of its schema');
  }
  for (const { coordinate, reason } of deprecations(after)) {
    if (!reason.trim() || reason === DEFAULT_DEPRECATION_REASON) {
      found.push(`${coordinate} is deprecated without a reason that says what to use instead`);
    }
    if (![top, ...older].some(({ deprecated }) => deprecated.includes(coordinate))) {
      found.push(`${coordinate} is deprecated, but not listed under "### Deprecated" in CHANGELOG.md`);
    }
  }

  const soonest = new Date(today);
  soonest.setUTCMonth(soonest.getUTCMonth() - MONTHS);
  for (const { type, path, message, criticality } of await diff(before, after)) {
    if (criticality.level !== 'BREAKING' && !CHANGED_DEFAULTS.includes(type)) continue;
    const coordinate = coordinateOf(path);
    if (!top.breaking.includes(coordinate)) {
      found.push(`${message}: ${coordinate} is not listed under "### Breaking" of the newest version in CHANGELOG.md`);
    }
    // Nothing has been promised before the first release, and a type goes with what leads to it.
    if (released.length === 0 || type === 'TYPE_REMOVED') continue;
    const announced = released.some(({ date, deprecated }) => date <= soonest && deprecated.includes(coordinate));
    if (!announced || deprecatedIn(before, coordinate) === false) {
      found.push(`${message}: ${coordinate} has not been deprecated for ${MONTHS} months`);
    }
  }
  return found;
}

/** GraphQL Inspector's path, as a schema coordinate: `Query.node.id` is `Query.node(id:)`. */
function coordinateOf(path) {
  const [type, field, argument] = path.split('.');
  return argument && !argument.startsWith('@') ? `${type}.${field}(${argument}:)` : path;
}

/** Whether something is deprecated; undefined if nothing of its kind can be. */
function deprecatedIn(schema, coordinate) {
  if (!/^\w+\.\w+(\(\w+:\))?$/.test(coordinate)) return undefined;
  const found = resolveASTSchemaCoordinate(schema, parseSchemaCoordinate(coordinate));
  const element = found?.fieldArgument ?? found?.field ?? found?.inputField ?? found?.enumValue;
  return element && element.deprecationReason != null;
}

/** Everything that a schema deprecates. */
function deprecations(schema) {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => {
      const members = isEnumType(type) ? type.getValues() : Object.values(type.getFields?.() ?? {});
      return members.flatMap((member) => {
        const coordinate = `${type.name}.${member.name}`;
        const given = (member.args ?? []).map((argument) => ({
          coordinate: `${coordinate}(${argument.name}:)`,
          reason: argument.deprecationReason,
        }));
        return [{ coordinate, reason: member.deprecationReason }, ...given];
      });
    })
    .filter(({ reason }) => reason != null);
}

const file = (name) => new URL(name, import.meta.url);
const text = (name) => readFileSync(file(name), 'utf8');

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const current = text('../../schema.graphql');
  if (process.argv.includes('--renew')) writeFileSync(file('promised.graphql'), promiseOf(current));
  const promised = text('promised.graphql');
  const changelog = text('../../CHANGELOG.md');
  const found = await problems({ promised, current, changelog, today: new Date() });
  for (const problem of found) console.log(`error: ${problem}`);
  if (found.length === 0) console.log('ok: the schema keeps what was promised');
  process.exit(found.length > 0 ? 1 : 0);
}
