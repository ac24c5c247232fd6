// The playground: GraphiQL below a bar for signing in, with examples ready to run.

import { all, fill, lacks, Looker, plugin } from "./examples.js";
import { Header } from "./header.js";
import "./style.css";
import { opened, takeLink } from "./links.js";
import { createRoot, GraphiQL, h, React } from "./libraries.js";
import { fetcher } from "./server.js";
import { endSession, ownIds, startSession, token, whoAmI } from "./session.js";

// In short lines, which a telephone shows whole.
const WELCOME = `# Welcome! Run this with
# play or Ctrl+Enter.
# Examples: the list icon.
# Manual: the book icon.

query Welcome {
  viewer {
    name
    notificationCounts {
      total
    }
  }
  projects(first: 3) {
    totalCount
    nodes {
      title
      countries
    }
  }
}
`;

/** How GraphiQL begins: with the panel of examples closed, and a good quarter wide once it opens. */
function arrange() {
  const width = "graphiql:docExplorerFlex";
  if (!(Number(sessionStorage.getItem(width)) > 0)) sessionStorage.setItem(width, "0.28");
  sessionStorage.removeItem("graphiql:visiblePlugin");
}

/** Opens the panel by its button, since GraphiQL 4 keeps a panel hidden that is asked for by a prop. */
function showExamples() {
  document.querySelector('.graphiql-sidebar [aria-label="Show Examples"]')?.click();
}

/** Opens the variables below the editor, which begins without them. */
function showVariables() {
  document.querySelector('.graphiql-editor-tools [aria-label="Show editor tools"]')?.click();
}

function Playground() {
  const [viewer, setViewer] = React.useState(null);
  const [busy, setBusy] = React.useState(false);
  const [message, setMessage] = React.useState("");
  const [draft, setDraft] = React.useState({});
  const [visit, setVisit] = React.useState(0);

  const attempt = async (action) => {
    setBusy(true);
    setMessage("");
    try {
      await action();
    } catch (error) {
      setMessage(error.message);
    } finally {
      setBusy(false);
    }
  };
  // What the link in a mail gave, for as long as the page is open.
  const mailed = React.useRef({});
  const [ids, setIds] = React.useState({});
  const learn = async (kind) => {
    const known = { ...(await ownIds(kind)), ...mailed.current };
    setIds(known);
    return known;
  };
  const person = React.useRef(null);
  const greet = async () => {
    person.current = await whoAmI();
    await learn(person.current?.kind);
    setViewer(person.current);
  };

  React.useEffect(() => {
    const frame = requestAnimationFrame(showExamples);
    return () => cancelAnimationFrame(frame);
  }, [visit]);

  // GraphiQL takes what changes in its props; forgotten at once, so that the same example can be opened again.
  React.useEffect(() => {
    if (draft.query) setDraft({});
  }, [draft]);

  const put = async (example) => {
    const known = await learn(person.current?.kind);
    const variables = fill(example.variables, known);
    const lacking = lacks(example, known, person.current?.kind);
    setMessage(lacking ? `${token() ? "" : "Sign in first: "}“${example.title}” ${lacking}.` : "");
    // GraphiQL tells of the open tab with delay, and offers no way to ask for a new one but its button.
    const current = document.querySelector(".graphiql-query-editor .CodeMirror")?.CodeMirror.getValue();
    if (current && current !== WELCOME) document.querySelector(".graphiql-tab-add")?.click();
    setDraft({ query: example.query, variables });
    if (variables) showVariables();
    // On a phone the editor stands below the examples.
    document.querySelector(".graphiql-sessions")?.scrollIntoView({ block: "start" });
    // It notes 100 ms later what its tabs hold: a new tab before that would mix them up.
    await new Promise((settled) => setTimeout(settled, 200));
  };
  const queue = React.useRef(Promise.resolve());
  const open = React.useCallback((example) => {
    queue.current = queue.current.then(() => put(example));
  }, []);
  const plugins = React.useMemo(() => [plugin(open)], [open]);

  // Somebody who comes by the link in a mail finds its operation open, with the token in it.
  const follow = () => {
    const link = takeLink();
    if (!link) return;
    mailed.current = { ...mailed.current, ...link.ids };
    open(all[opened(link, token())]);
  };
  React.useEffect(() => {
    attempt(greet).then(follow);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);

  const signIn = (name, password) =>
    attempt(async () => {
      await startSession(name, password);
      await greet();
    });
  const signOut = () =>
    attempt(async () => {
      try {
        await endSession();
      } finally {
        arrange();
        person.current = null;
        setIds(mailed.current);
        setViewer(null);
        setVisit(visit + 1);
      }
    });

  return h(
    React.Fragment,
    null,
    h(Header, {
      viewer,
      busy,
      message,
      onSignIn: signIn,
      onSignOut: signOut,
      onDismiss: () => setMessage(""),
    }),
    h(
      "main",
      null,
      h(
        Looker.Provider,
        { value: React.useMemo(() => ({ viewer, ids }), [viewer, ids]) },
        h(GraphiQL, {
          key: visit,
          fetcher,
          plugins,
          defaultQuery: WELCOME,
          defaultEditorToolsVisibility: false,
          // Like the session, what was typed ends with the tab: school computers are shared.
          storage: sessionStorage,
          inputValueDeprecation: true,
          ...draft,
        }),
      ),
    ),
  );
}

arrange();
createRoot(document.getElementById("playground")).render(h(Playground));
