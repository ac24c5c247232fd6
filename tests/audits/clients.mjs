// Subscribes with well-known clients, each over its transport, to the demo at the given address:
// `node clients.mjs http://127.0.0.1:8000/graphql`. Ends with 1 unless each of them hears what is
// said in a chat room, in order, and learns why a subscription is refused.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createEvents } from 'graphql-sse';
import { createClient as createSocket } from 'graphql-ws';
import WebSocket from 'ws';

const url = process.argv[2] ?? 'http://127.0.0.1:8000/graphql';
const PATIENCE = 15_000;
const HEAR = `subscription Hear($id: ID!) {
  chatChanged(twinSpaceId: $id) { __typename ... on ChatMessageSent { message { text } } }
}`;

async function ask(query, variables, token) {
  const headers = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

async function signIn() {
  const input = { email: 'zofia@demo.example', password: 'twinspace1' };
  const data = await ask('mutation($input: SignInInput!) { signIn(input: $input) { token } }', { input });
  return data.signIn.token;
}

// Each client, as a function that subscribes and returns how to stop. `hear` gets each result,
// `end` the error with which it ends, or nothing.
const socketOf = (token) =>
  createSocket({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
  });

const urqlOf = (token, exchange) =>
  new Client({
    url,
    exchanges: [exchange],
    preferGetMethod: false,
    fetchSubscriptions: true,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
  });

const throughUrql = (client, variables, hear, end) => {
  const { unsubscribe } = client.subscription(HEAR, variables).subscribe(({ data, error }) => {
    if (error) end(error);
    else hear({ data });
  });
  return unsubscribe;
};

const clients = {
  'graphql-ws (WebSocket)': (token, variables, hear, end) => {
    const client = socketOf(token);
    client.subscribe({ query: HEAR, variables }, { next: hear, error: end, complete: () => end() });
    return () => client.dispose();
  },
  'graphql-sse (events)': (token, variables, hear, end) => {
    const client = createEvents({ url, headers: { authorization: `Bearer ${token}` } });
    client.subscribe({ query: HEAR, variables }, { next: hear, error: end, complete: () => end() });
    return () => client.dispose();
  },
  'Apollo Client (multipart)': (token, variables, hear, end) => {
    const link = new HttpLink({ uri: url, headers: { authorization: `Bearer ${token}` } });
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    const subscription = client.subscribe({ query: gql(HEAR), variables }).subscribe({
      next: ({ data, error }) => (error ? end(error) : hear({ data })),
      error: end,
      complete: () => end(),
    });
    return () => {
      subscription.unsubscribe();
      client.stop();
    };
  },
  'urql (events)': (token, variables, hear, end) =>
    throughUrql(urqlOf(token, fetchExchange), variables, hear, end),
  'urql with graphql-ws (WebSocket)': (token, variables, hear, end) => {
    const socket = socketOf(token);
    const forwardSubscription = ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
    });
    const client = urqlOf(token, subscriptionExchange({ forwardSubscription }));
    const stop = throughUrql(client, variables, hear, end);
    return () => {
      stop();
      return socket.dispose();
    };
  },
};

const token = await signIn();
const found = await ask('{ viewer { memberships(first: 1) { nodes { twinSpace { id } } } } }', {}, token);
const id = found.viewer.memberships.nodes[0].twinSpace.id;
const say = (text) =>
  ask(
    'mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) { message { id } } }',
    { input: { twinSpaceId: id, text } },
    token,
  );

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The code of the first error in whatever a client makes of it.
function codeIn(error) {
  const errors = Array.isArray(error) ? error : (error?.errors ?? error?.graphQLErrors ?? []);
  return errors[0]?.extensions?.code;
}

let failed = 0;
function report(name, what, problem) {
  if (problem) failed += 1;
  console.log(problem ? `error: ${name} ${what}: ${problem}` : `ok: ${name} ${what}`);
}

// What is not the same in every transport: letters, lines, and what looks like a frame.
const WORDS = ['Grüße', 'two\nlines', 'data: {"x":1}', '--graphql--'];

// Everyone listens at once, because an account may say only so much in a minute.
const listeners = Object.entries(clients).map(([name, subscribe]) => {
  const listener = { name, heard: [], ended: undefined };
  const hear = ({ data }) => listener.heard.push(data.chatChanged.message?.text);
  const end = (error) => (listener.ended ??= `it has ended: ${error?.message ?? 'complete'}`);
  listener.stop = subscribe(token, { id }, hear, end);
  return listener;
});
async function until(holds, meanwhile) {
  const deadline = Date.now() + PATIENCE;
  while (Date.now() < deadline && !listeners.every((each) => each.ended || holds(each))) await meanwhile();
}
// A subscription answers only when something happens: this is said until everyone has heard it.
await until(
  ({ heard }) => heard.length > 0,
  async () => {
    await say('Ready');
    await pause(1500);
  },
);
for (const word of WORDS) await say(word);
const rest = ({ heard }) => heard.filter((text) => text !== 'Ready');
await until(
  (each) => rest(each).length >= WORDS.length,
  () => pause(50),
);
for (const each of listeners) {
  const right = JSON.stringify(rest(each)) === JSON.stringify(WORDS);
  report(each.name, 'hears', each.ended ?? (right ? undefined : `heard ${JSON.stringify(each.heard)}`));
  await each.stop();
}

for (const [name, subscribe] of Object.entries(clients)) {
  let stop;
  const refused = new Promise((resolve) => {
    const hear = ({ data, errors }) => resolve(errors ? codeIn(errors) : `heard ${JSON.stringify(data)}`);
    stop = subscribe(token, { id: 'nothing' }, hear, (error) => resolve(codeIn(error)));
  });
  const code = await Promise.race([refused, pause(PATIENCE).then(() => 'nothing')]);
  report(name, 'is refused', ['BAD_USER_INPUT', 'NOT_FOUND'].includes(code) ? undefined : code);
  await stop();
}
process.exit(failed ? 1 : 0);
