// Compiles documents with relay-compiler, and runs them with relay-runtime against the demo at the
// given address: `node relay.mjs http://127.0.0.1:8000/graphql`. Ends with 1 unless the examples of
// the playground compile, and lists, single objects, mutations and errors arrive in Relay's store.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kind, parse, print, visit } from 'graphql';
import relay from 'relay-runtime';

const {
  Environment, Network, RecordSource, Store, commitMutation, createOperationDescriptor, fetchQuery,
  getSingularSelector,
} = relay;

const url = process.argv[2] ?? 'http://127.0.0.1:8000/graphql';
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

let failed = 0;
async function check(name, holds) {
  const problem = await Promise.resolve()
    .then(holds)
    .catch((error) => error.stack);
  if (problem) failed += 1;
  console.log(problem ? `error: ${name}: ${problem}` : `ok: ${name}`);
}
/** Says what is wrong unless two values are the same as JSON. */
function differs(actual, expected) {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  return is === should ? undefined : `${is} instead of ${should}`;
}

// The project that relay-compiler sees: the documents in relay/, and each example of the playground
// in a module of its own, named as Relay wants it.
const project = mkdtempSync(join(tmpdir(), 'relay-'));
process.on('exit', () => rmSync(project, { recursive: true, force: true }));
mkdirSync(join(project, 'artifacts'));
cpSync(here('relay'), join(project, 'src'), { recursive: true });
cpSync(here('../../schema.graphql'), join(project, 'schema.graphql'));
const examples = readdirSync(here('../../playground/examples')).filter((name) => name.endsWith('.graphql'));
for (const [at, example] of examples.entries()) {
  const document = parse(readFileSync(here(`../../playground/examples/${example}`), 'utf8'));
  const named = visit(document, {
    [Kind.OPERATION_DEFINITION]: ({ operation, ...rest }) => {
      const value = `Example${at}${operation[0].toUpperCase()}${operation.slice(1)}`;
      return { ...rest, operation, name: { kind: Kind.NAME, value } };
    },
  });
  writeFileSync(join(project, 'src', `Example${at}.js`), `// ${example}\ngraphql\`${print(named)}\`;\n`);
}
const config = { src: 'src', schema: 'schema.graphql', artifactDirectory: 'artifacts', language: 'javascript', eagerEsModules: false };
writeFileSync(join(project, 'relay.config.json'), JSON.stringify(config));

await check(`relay-compiler compiles ${examples.length} examples and the documents in relay/`, () => {
  try {
    execFileSync(process.execPath, [here('node_modules/relay-compiler/cli.js')], { cwd: project, encoding: 'utf8', stdio: 'pipe' });
  } catch ({ stdout, stderr }) {
    return stdout + stderr;
  }
  const compiled = readdirSync(join(project, 'artifacts'));
  return compiled.length > examples.length ? undefined : `only ${compiled.length} artifacts`;
});
if (failed) process.exit(1);

const require = createRequire(join(project, 'artifacts', 'any.js'));
const artifact = (name) => require(`./${name}.graphql.js`);

async function post(body, token) {
  const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return response.json();
}

/** An app of Relay's, as somebody who is signed in. */
async function signIn(field, input) {
  const query = `mutation { signIn: ${field}(input: ${input}) { token } }`;
  const { data, errors } = await post({ query });
  if (errors) throw new Error(JSON.stringify(errors));
  const network = Network.create(({ text }, variables) => post({ query: text, variables }, data.signIn.token));
  return new Environment({ network, store: new Store(new RecordSource()) });
}
const zofia = await signIn('signIn', '{ email: "zofia@demo.example", password: "twinspace1" }');
const pupil = await signIn('signInPupil', '{ username: "zuzanna.nowak.1", password: "twinspace1" }');

const load = (app, name, variables = {}) =>
  fetchQuery(app, artifact(name), variables, { fetchPolicy: 'network-only' }).toPromise();
/** What the store has for a query, without asking the server. */
const stored = (app, name, variables = {}) =>
  app.lookup(createOperationDescriptor(artifact(name), variables).fragment).data;
/** What a component would see of its fragment. */
const fragment = (app, name, ref) => app.lookup(getSingularSelector(artifact(name), ref)).data;
const mutate = (app, name, variables, more = {}) =>
  new Promise((resolve, reject) => {
    const refused = (errors) => Object.assign(new Error(JSON.stringify(errors)), { errors });
    const onCompleted = (data, errors) => (errors ? reject(refused(errors)) : resolve(data));
    commitMutation(app, { mutation: artifact(name), variables, onCompleted, onError: reject, ...more });
  });

const { data: mine } = await zofia
  .getNetwork()
  .execute({ text: '{ viewer { memberships(first: 1) { nodes { twinSpace { id } } } } }' }, {}, {})
  .toPromise();
const { id } = mine.viewer.memberships.nodes[0].twinSpace;

await check('a list is paged forwards, and its filter keeps it apart', async () => {
  const variables = { id, filter: null };
  const list = () => fragment(zofia, 'Members_list', stored(zofia, 'MembersQuery', variables).twinSpace).members;
  await load(zofia, 'MembersQuery', variables);
  const total = list().totalCount;
  for (let pages = 1; list().pageInfo.hasNextPage && pages < 20; pages += 1) {
    const after = list().pageInfo.endCursor;
    await load(zofia, 'MembersPaginationQuery', { id, first: 100, after, filter: null });
  }
  const ids = new Set(list().edges.map(({ node }) => node.id));
  const visitors = { id, filter: { roles: ['VISITOR'] } };
  await load(zofia, 'MembersQuery', visitors);
  const other = fragment(zofia, 'Members_list', stored(zofia, 'MembersQuery', visitors).twinSpace).members;
  if (total < 3 || other.totalCount >= total) return `${total} members, of whom ${other.totalCount} are visitors`;
  return differs([ids.size, list().edges.length], [total, total]);
});

await check('an object of a list is refetched by its ID', async () => {
  const { members } = fragment(zofia, 'Members_list', stored(zofia, 'MembersQuery', { id, filter: null }).twinSpace);
  const [{ node }] = members.edges;
  const before = fragment(zofia, 'Members_card', node);
  const data = await load(zofia, 'MembersCardQuery', { id: node.id });
  return differs(fragment(zofia, 'Members_card', data.node), before) ?? differs(before.name, node.name);
});

await check('a mutation appends to a list that is paged backwards, and another deletes from it', async () => {
  const room = () => fragment(zofia, 'Chat_room', stored(zofia, 'ChatQuery', { id }).twinSpace).chat;
  const texts = () => room().edges.map(({ node }) => node.text);
  await load(zofia, 'ChatQuery', { id });
  const latest = texts();
  await load(zofia, 'ChatPaginationQuery', { id, last: 2, before: room().pageInfo.startCursor });
  const both = texts();
  if (latest.length !== 2 || both.length <= 2) return `paged from ${latest.length} to ${both.length} messages`;
  const connections = [room().__id];
  const input = { twinSpaceId: id, text: 'From Relay' };
  const { sendChatMessage } = await mutate(zofia, 'ChatSendMutation', { input, connections });
  const sent = texts();
  await mutate(zofia, 'ChatDeleteMutation', { input: { messageId: sendChatMessage.message.id }, connections });
  return (
    differs(both.slice(-2), latest) ?? differs(sent, [...both, 'From Relay']) ?? differs(texts(), both)
  );
});

await check('a mutation updates what is in the store, also before it is answered', async () => {
  const profile = () => stored(zofia, 'MembersViewerQuery').viewer.profile;
  await load(zofia, 'MembersViewerQuery');
  const before = profile();
  const seen = [];
  const subscription = zofia.subscribe(
    zofia.lookup(createOperationDescriptor(artifact('MembersViewerQuery'), {}).fragment),
    ({ data }) => seen.push(data.viewer.profile),
  );
  const optimisticUpdater = (store) => {
    store.readUpdatableQuery(artifact('MembersOptimisticQuery'), {}).updatableData.viewer.profile = 'At once';
  };
  const edit = (text, more) => mutate(zofia, 'MembersEditProfileMutation', { input: { profile: text } }, more);
  await edit('From Relay', { optimisticUpdater });
  await edit(before);
  subscription.dispose();
  return differs([...seen, profile()], ['At once', 'From Relay', before, before]);
});

await check('a refused field is caught, and the rest of the answer is there', async () => {
  const { twinSpace } = await load(pupil, 'MembersRefusedQuery', { id });
  const { ok, errors } = twinSpace.invitations;
  const codes = errors?.map(({ extensions }) => extensions.code);
  return differs([typeof twinSpace.title, ok, codes], ['string', false, ['FORBIDDEN']]);
});

await check('a refused field throws where the query says so', async () => {
  const error = await load(pupil, 'MembersThrowingQuery', { id }).then(() => undefined, (error) => error);
  return error ? undefined : 'it did not';
});

await check('a refused mutation is an error with its code', async () => {
  const variables = { input: { twinSpaceId: id, text: '' }, connections: [] };
  const error = await mutate(zofia, 'ChatSendMutation', variables).then(() => undefined, (error) => error);
  return differs(error?.errors?.[0]?.extensions?.code, 'BAD_USER_INPUT');
});

process.exit(failed ? 1 : 0);
