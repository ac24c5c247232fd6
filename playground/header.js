// The bar above GraphiQL: what this is, and who is signed in.

import { h, React } from "./libraries.js";

function Mark() {
  return h(
    "svg",
    { className: "mark", viewBox: "0 0 32 32", "aria-hidden": true },
    h("circle", { cx: 12, cy: 16, r: 9, fill: "#1f5fbf" }),
    h("circle", { cx: 20, cy: 16, r: 9, fill: "#f2b705", fillOpacity: 0.85 }),
  );
}

/** What the server has to read, by address; each opens beside the playground, where work goes on. */
const MANUAL = [
  ["docs/clients", "Guide"],
  ["docs/permissions", "Permissions"],
  ["docs/errors", "Errors"],
  ["schema.graphql", "Schema"],
];

function Manual() {
  const link = ([href, title]) => h("a", { key: href, href, target: "_blank", rel: "noopener" }, title);
  return h("nav", { className: "manual", "aria-label": "Documentation" }, MANUAL.map(link));
}

function SignIn({ busy, onSignIn }) {
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSignIn(form.get("name").trim(), form.get("password"));
  };
  return h(
    "form",
    { className: "session", onSubmit: submit, "aria-label": "Sign in" },
    h(
      "label",
      null,
      "E-mail or username",
      h("input", { name: "name", autoComplete: "username", autoCapitalize: "none", spellCheck: false, required: true }),
    ),
    h(
      "label",
      null,
      "Password",
      h("input", { name: "password", type: "password", autoComplete: "current-password", required: true }),
    ),
    h("button", { type: "submit", disabled: busy }, busy ? "Signing in …" : "Sign in"),
  );
}

function SignedIn({ viewer, busy, onSignOut }) {
  const kind = viewer.kind.toLowerCase().replaceAll("_", " ");
  return h(
    "div",
    { className: "session" },
    h("span", { className: "viewer" }, "Signed in as ", h("strong", null, viewer.name), h("span", { className: "kind" }, kind)),
    h("button", { type: "button", disabled: busy, onClick: onSignOut }, "Sign out"),
  );
}

/** The bar. `message` is an error, said aloud by screen readers. */
export function Header({ viewer, busy, message, onSignIn, onSignOut, onDismiss }) {
  return h(
    React.Fragment,
    null,
    h(
      "header",
      { className: "bar" },
      h("h1", null, h(Mark), "TwinSpace ", h("span", null, "API playground")),
      h(Manual),
      viewer ? h(SignedIn, { viewer, busy, onSignOut }) : h(SignIn, { busy, onSignIn }),
    ),
    h(
      "div",
      { role: "alert", className: message ? "message" : "message none" },
      message && h("p", null, message),
      message && h("button", { type: "button", onClick: onDismiss }, "Close"),
    ),
  );
}
