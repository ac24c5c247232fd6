// Tests the check in promise.mjs: `node --test promise.test.mjs`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { problems, promiseOf } from './promise.mjs';

const DEPRECATED = '@deprecated(reason: "Use `Person.names`.")';
const PERSON = 'type Query { person(id: ID!, size: Int = 20): Person } type Person { name: String! age: Int }';
const WITH_DEPRECATION = PERSON.replace('age: Int', `age: Int ${DEPRECATED}`);
const WITHOUT_AGE = PERSON.replace(' age: Int', '');
const ANNOUNCED = '## [0.2.0] - 2027-01-31\n\n### Deprecated\n\n- `Person.age`: use `Person.born`.\n';
const LISTED = '## [0.3.0] - unreleased\n\n### Breaking\n\n- `Person.age`: it has been replaced by `Person.born`.\n\n';

const check = (before, current, changelog, today = '2027-12-01') =>
  problems({ promised: promiseOf(before), current, changelog, today: new Date(today) });

test('A field removed without an entry is refused', async () => {
  const found = await check(WITH_DEPRECATION, WITHOUT_AGE, `## [0.3.0] - unreleased\n\n${ANNOUNCED}`);
  assert.equal(found.length, 1);
  assert.match(found[0], /'age'.* Person\.age is not listed under "### Breaking" of the newest version/);
});

test('An entry of an earlier version does not excuse a field removed now', async () => {
  const changelog = `## [0.4.0] - unreleased\n\n${LISTED.replace('unreleased', '2027-10-01')}${ANNOUNCED}`;
  assert.match((await check(WITH_DEPRECATION, WITHOUT_AGE, changelog)).join(), /Person\.age is not listed under "### Breaking"/);
});

test('A field removed six months after the release that deprecated it is accepted, and a day before refused', async () => {
  const found = (today) => check(WITH_DEPRECATION, WITHOUT_AGE, LISTED + ANNOUNCED, today);
  assert.match((await found('2027-07-30')).join(), /Person\.age has not been deprecated for 6 months/);
  assert.deepEqual(await found('2027-07-31'), []);
});

test('A field that was never deprecated is refused, whatever the changelog says', async () => {
  assert.match((await check(PERSON, WITHOUT_AGE, LISTED + ANNOUNCED)).join(), /has not been deprecated for 6 months/);
  const never = `${LISTED}## [0.2.0] - 2027-01-31\n`;
  assert.match((await check(WITH_DEPRECATION, WITHOUT_AGE, never)).join(), /has not been deprecated for 6 months/);
});

test('Before the first release an entry is enough', async () => {
  assert.deepEqual(await check(PERSON, WITHOUT_AGE, LISTED), []);
  assert.equal((await check(PERSON, WITHOUT_AGE, '## [0.1.0] - unreleased\n')).length, 1);
});

test('What else breaks clients needs an entry, too', async () => {
  const changes = {
    'Person.name': PERSON.replace('name: String!', 'name: String'),
    'Query.person(id:)': PERSON.replace('id: ID!, ', ''),
    'Query.person(size:)': PERSON.replace('size: Int = 20', 'size: Int = 50'),
    'Query.person(by:)': PERSON.replace('id: ID!', 'id: ID!, by: Int!'),
  };
  for (const [coordinate, current] of Object.entries(changes)) {
    const changelog = '## [0.3.0] - unreleased\n\n## [0.2.0] - 2027-01-31\n';
    const found = await check(PERSON, current, changelog);
    assert.equal(found.length, 2, found.join('\n'));
    assert.ok(found[0].includes(`${coordinate} is not listed`), found[0]);
    assert.ok(found[1].includes(`${coordinate} has not been deprecated`), found[1]);
    const listed = '## [0.1.0] - unreleased\n\n### Breaking\n\n- `Other.field`, `' + coordinate + '`: it is gone.\n';
    assert.deepEqual(await check(PERSON, current, listed), []);
  }
});

test('New fields, enum values and union members, and optional arguments are accepted', async () => {
  const before = 'type Query { a: A, u: U } enum A { B } union U = V type V { a: A } type W { a: A }';
  const after = 'type Query { a(b: Int): A, u: U } enum A { B C } union U = V | W type V { a: A b: A } type W { a: A }';
  assert.deepEqual(await check(before, after, '## [0.3.0] - unreleased\n'), []);
});

test('A deprecation says what to use instead, and is listed', async () => {
  const unsaid = PERSON.replace('age: Int', 'age: Int @deprecated');
  const found = await check(PERSON, unsaid, '## [0.3.0] - unreleased\n');
  assert.match(found[0], /Person\.age is deprecated without a reason/);
  assert.match(found[1], /Person\.age is deprecated, but not listed/);
  assert.deepEqual(await check(PERSON, WITH_DEPRECATION, ANNOUNCED.replace('2027-01-31', 'unreleased')), []);
});

test('A release renews the promise', async () => {
  const found = await check(PERSON, WITH_DEPRECATION, ANNOUNCED);
  assert.match(found.join(), /the promise is not that of its schema/);
  assert.deepEqual(await check(WITH_DEPRECATION, WITH_DEPRECATION, ANNOUNCED), []);
});

test('Any field removed from the schema itself is noticed', async () => {
  const current = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  const changelog = '## [0.1.0] - unreleased\n';
  assert.deepEqual(await check(current, current, changelog), []);
  const without = promiseOf(current).replace(/^ {2}totalCount: Int!?\n/m, '');
  assert.match((await check(current, without, changelog)).join(), /\w+\.totalCount is not listed under "### Breaking"/);
});
