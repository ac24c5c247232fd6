// The example operations: how they are written, and the panel that offers them.

import { examples } from "./documents.js";
import { h, React } from "./libraries.js";

const GROUPS = [
  "First steps",
  "Screens",
  "Accounts and sessions",
  "Contacts",
  "Projects",
  "For officers and administrators",
  "Members and invitations",
  "Pupils",
  "Pages and media",
  "Chat and messages",
  "Diary, labels, what comes after",
];

/** The kinds of accounts by what they are called: for whom an example is. */
const ACCOUNTS = {
  adults: ["TEACHER", "GUEST", "OFFICER", "ADMINISTRATOR"],
  "officers and administrators": ["OFFICER", "ADMINISTRATOR"],
  "registered teachers": ["TEACHER"],
  teachers: ["TEACHER", "GUEST"],
};

/** For whom the examples of a group are, unless they say it themselves; those of others are for everyone. */
const FOR = {
  Contacts: "registered teachers",
  Projects: "registered teachers",
  "For officers and administrators": "officers and administrators",
  Pupils: "teachers",
};

/** What a placeholder stands for, in words. */
const NEEDS = {
  approvalProjectId: "a project that waits for your decision",
  archivedPageId: "a page in the archive",
  askedProjectId: "a project that you are asked to found",
  claimantId: "a teacher whose school you may confirm",
  claimedSchoolId: "a teacher whose school you may confirm",
  closedPageId: "a closed project of yours with a page",
  closedProjectId: "a closed project of yours",
  cofounderId: "a contact",
  colleagueMemberId: "a teacher in your TwinSpace",
  contactId: "a teacher who asks to be your contact",
  custodyTransferId: "a custody that is offered to you, or that somebody asks you for",
  decidedTransferId: "a takeover that waits for your decision",
  draftProjectId: "a draft of a project",
  duplicateSchoolId: "a school that was entered twice",
  editablePageId: "a page that you may edit",
  emailToken: "the link in the mail",
  founderPartnerId: "an active project of yours",
  invitationToken: "the link in an invitation's mail",
  keptSchoolId: "a school that was entered twice",
  labelApplicationId: "a label application that waits for your decision",
  labelProjectId: "a project whose partners have labels",
  memberId: "a teacher in your TwinSpace",
  messageId: "a message in your inbox",
  otherFounderPartnerId: "an active project of yours",
  ownSchoolId: "a school of your own",
  pageId: "a page in your TwinSpace",
  partnerId: "a project with a third partner",
  projectId: "an active project of yours",
  pupilId: "a pupil in your custody",
  pupilMemberId: "a pupil whom you invited",
  pupilNewsId: "something that another teacher did to a pupil of yours",
  pupilRequestId: "a request for a pupil that waits for your answer",
  pupilTwinSpaceId: "a pupil in your custody who is in a TwinSpace",
  resetToken: "the link in the mail",
  senderMemberId: "a message in your inbox",
  successionId: "a succession that waits for your decision",
  takeOverMemberId: "a pupil in your TwinSpace whose custodian teaches there no more",
  teacherId: "to be a registered teacher",
  threadId: "a message in your inbox",
  twinSpaceId: "an open TwinSpace that you are in",
  verifyToken: "the link in the mail",
  writingTwinSpaceId: "a TwinSpace in which you may create pages",
};

/**
 * An example file's parts. Its first line is the title, the comments below it say to what group it
 * belongs, perhaps for whom it is, what it does, and perhaps its variables, where "<projectId>" stands
 * for an id of the viewer's own, and "<file>" for a file that is chosen when it is run.
 */
export function parse(text) {
  const lines = text.trim().split("\n");
  const comments = lines.filter((line) => line.startsWith("#")).map((line) => line.slice(1).trim());
  const [title, ...others] = comments;
  const told = (name) => others.find((comment) => comment.startsWith(`${name}:`))?.slice(name.length + 1).trim();
  const group = told("group") ?? GROUPS[0];
  return {
    title,
    group,
    whose: told("for") ?? FOR[group],
    about: others.filter((comment) => !/^(group|for|variables):/.test(comment)).join(" "),
    query: `${lines.filter((line) => !line.startsWith("#")).join("\n")}\n`,
    variables: told("variables") ?? "",
  };
}

/** The variables as the editor shows them, with the placeholders replaced that have a value. */
export function fill(variables, ids) {
  if (!variables) return "";
  const filled = variables.replaceAll(/<(\w+)>/g, (placeholder, name) => ids[name] ?? placeholder);
  return JSON.stringify(JSON.parse(filled), null, 2);
}

/** Why an example does not fit the viewer, an account of this kind, in words; empty if it does. */
export function lacks({ whose, variables }, ids, kind) {
  if (kind && whose && !ACCOUNTS[whose].includes(kind)) return `is for ${whose}`;
  const names = [...variables.matchAll(/<(\w+)>/g)].map(([, name]) => name);
  const missing = names.filter((name) => name !== "file" && !ids[name]).map((name) => NEEDS[name] ?? name);
  return missing.length ? `needs ${[...new Set(missing)].join(", ")}` : "";
}

/** A phrase as a sentence of its own. */
const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1)}.`;

/** The examples by the names of their files. */
export const all = Object.fromEntries(Object.entries(examples).map(([name, text]) => [name, parse(text)]));

/** Who looks at the panel: { viewer, ids }. */
export const Looker = React.createContext({ viewer: null, ids: {} });

function Icon() {
  return h(
    "svg",
    { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", strokeWidth: 1.5, "aria-hidden": true },
    h("path", { d: "M4 5.5h11M4 12h7M4 18.5h11M18 8.5l3.5 3.5-3.5 3.5", strokeLinecap: "round", strokeLinejoin: "round" }),
  );
}

function Item({ example, open }) {
  const { viewer, ids } = React.useContext(Looker);
  const lacking = viewer ? lacks(example, ids, viewer.kind) : "";
  return h(
    "li",
    null,
    h(
      "button",
      { type: "button", className: lacking ? "unfit" : "", onClick: () => open(example) },
      h("strong", null, example.title),
      example.about && h("span", null, example.about),
      lacking && h("em", null, sentence(lacking.replace(/^is /, ""))),
    ),
  );
}

function Group({ name, list, open, begin }) {
  const { viewer, ids } = React.useContext(Looker);
  const fit = viewer ? list.filter((example) => !lacks(example, ids, viewer.kind)).length : list.length;
  return h(
    "details",
    { open: begin },
    h("summary", null, name, h("span", null, fit < list.length ? `${fit} of ${list.length}` : list.length)),
    h("ul", null, list.map((example) => h(Item, { key: example.title, example, open }))),
  );
}

function Panel({ open }) {
  const { viewer } = React.useContext(Looker);
  const decides = ["OFFICER", "ADMINISTRATOR"].includes(viewer?.kind);
  const groups = GROUPS.map((name) => ({ name, list: Object.values(all).filter(({ group }) => group === name) }));
  return h(
    "section",
    { className: "examples", "aria-label": "Examples" },
    h("h2", null, "Examples"),
    h("p", null, viewer ? "Choose one, and run it with the play button or Ctrl+Enter." : "Sign in, choose one, and run it with the play button or Ctrl+Enter."),
    groups.map(({ name, list }) =>
      h(Group, { key: name, name, list, open, begin: name === GROUPS[0] || (decides && name === "For officers and administrators") }),
    ),
  );
}

/** The panel beside the editors. `open` puts an example into them. */
export const plugin = (open) => ({ title: "Examples", icon: Icon, content: () => h(Panel, { open }) });
