// The third-party libraries, from npm. `libraries.cdn.js` takes their place where npm was not at hand.

import "graphiql/style.css";

export * as React from "react";
export { createElement as h } from "react";
export { createRoot } from "react-dom/client";
export { GraphiQL } from "graphiql";
export { createClient } from "graphql-ws";
