// The third-party libraries, as the scripts of `cdn.html` left them in the page.

const { React, GraphiQL } = globalThis;
const { createElement: h } = React;
const { createRoot } = globalThis.ReactDOM;
const { createClient } = globalThis.graphqlWs;
