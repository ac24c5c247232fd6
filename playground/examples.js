// The example operations: how they are written, and the panel that offers them.

import { examples } from "./documents.js";
import { h } from "./libraries.js";

/**
 * An example file's parts. Its first line is the title, the comments below it say what it is for,
 * and one of them may hold the variables, where "<projectId>" stands for an id of the viewer's own.
 */
export function parse(text) {
  const lines = text.trim().split("\n");
  const comments = lines.filter((line) => line.startsWith("#")).map((line) => line.slice(1).trim());
  const [title, ...others] = comments;
  const isVariables = (comment) => comment.startsWith("variables:");
  return {
    title,
    about: others.filter((comment) => !isVariables(comment)).join(" "),
    query: `${lines.filter((line) => !line.startsWith("#")).join("\n")}\n`,
    variables: others.find(isVariables)?.slice("variables:".length).trim() ?? "",
  };
}

/** The variables as the editor shows them, with the placeholders replaced that have a value. */
export function fill(variables, ids) {
  if (!variables) return "";
  const filled = variables.replaceAll(/<(\w+)>/g, (placeholder, name) => ids[name] ?? placeholder);
  return JSON.stringify(JSON.parse(filled), null, 2);
}

function Icon() {
  return h(
    "svg",
    { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", strokeWidth: 1.5, "aria-hidden": true },
    h("path", { d: "M4 5.5h11M4 12h7M4 18.5h11M18 8.5l3.5 3.5-3.5 3.5", strokeLinecap: "round", strokeLinejoin: "round" }),
  );
}

/** The panel beside the editors. `open` puts an example into them. */
export function plugin(open) {
  const list = Object.values(examples).map(parse);
  const content = () =>
    h(
      "section",
      { className: "examples", "aria-label": "Examples" },
      h("h2", null, "Examples"),
      h("p", null, "Sign in, choose one, and run it with the play button or Ctrl+Enter."),
      h(
        "ul",
        null,
        list.map((example) =>
          h(
            "li",
            { key: example.title },
            h(
              "button",
              { type: "button", onClick: () => open(example) },
              h("strong", null, example.title),
              example.about && h("span", null, example.about),
            ),
          ),
        ),
      ),
    );
  return { title: "Examples", icon: Icon, content };
}
