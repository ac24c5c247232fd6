// Who is signed in: the token, kept for as long as the browser's tab is open.

import { operations } from "./documents.js";
import { ask, look } from "./server.js";

const KEY = "twinspace:token";

/** The token of the session, or null. */
export const token = () => sessionStorage.getItem(KEY);

/** Signs in and keeps the token. Pupils have a username, which has no "@", and an entry of their own. */
export async function startSession(name, password) {
  const { token } = name.includes("@")
    ? (await ask(operations["sign-in"], { email: name, password })).signIn
    : (await ask(operations["sign-in-pupil"], { username: name, password })).signInPupil;
  sessionStorage.setItem(KEY, token);
}

/** Ends the session on the server, and forgets all that this tab has kept. */
export async function endSession() {
  try {
    await ask(operations["sign-out"]);
  } finally {
    // The answers and drafts of one person are not left to the next one at the same computer.
    sessionStorage.clear();
  }
}

/** Who the token stands for: name and kind, or null for nobody. */
export async function whoAmI() {
  if (!token()) return null;
  try {
    const data = await ask(operations.viewer);
    if (data.viewer) return data.viewer;
  } catch (error) {
    // Only the server's word ends a session, not a lost connection.
    if (error.code !== "UNAUTHENTICATED") throw error;
  }
  sessionStorage.removeItem(KEY);
  throw new Error("The session has ended. Please sign in again.");
}

/** Whether two ids are of one object. */
const same = (id, other) => Boolean(id) && id === other;

/** Whether something is asked for only where the viewer may do what it is for. */
const forbidden = ({ permissions }) => Object.values(permissions ?? {}).some(({ allowed }) => !allowed);

/** All values under names like `pageId`, in their order; what is closed, forbidden or the viewer's own is not. */
function gather(value, viewerId, found) {
  if (value.state === "CLOSED" || value.isViewer || same(value.person?.id, viewerId) || forbidden(value)) return found;
  for (const [key, inner] of Object.entries(value)) {
    if (inner && typeof inner === "object") gather(inner, viewerId, found);
    else if (inner && /(Id|Name)$/.test(key)) (found[key] ??= []).push(inner);
  }
  return found;
}

/** The first of each name that is not among those of the same name with "not" before it. */
function first(found) {
  const barred = (name) => found[`not${name[0].toUpperCase()}${name.slice(1)}`] ?? [];
  const fits = (name) => (value) => !barred(name).some((id) => same(id, value));
  const pick = ([name, values]) => [name, values.find(fits(name))];
  return Object.fromEntries(Object.entries(found).map(pick).filter(([, value]) => value));
}

/** The viewer's own ids by name, for the examples that need one: { projectId, twinSpaceId, … }. */
export async function ownIds(kind) {
  if (!token()) return {};
  try {
    // What is refused leaves gaps, and with them the placeholders, which say what belongs there.
    const data = (await look(operations.ids, {})) ?? {};
    const others = await look(operations.others, { teacher: kind === "TEACHER", officer: kind === "OFFICER" });
    const self = data.viewer?.self.notTeacherId;
    const ids = first(gather(others ?? {}, self, gather(data, self, {})));
    if (!ids.messageTwinSpaceId) return ids;
    const sender = { twinSpaceId: ids.messageTwinSpaceId, name: ids.senderName };
    return { ...ids, ...first(gather((await look(operations.sender, sender)) ?? {}, null, {})) };
  } catch {
    return {};
  }
}
