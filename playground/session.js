// Who is signed in: the token, kept for as long as the browser's tab is open.

import { operations } from "./documents.js";
import { ask } from "./server.js";

const KEY = "twinspace:token";

/** The token of the session, or null. */
export const token = () => sessionStorage.getItem(KEY);

/** Signs in with e-mail and password, and keeps the token. */
export async function startSession(email, password) {
  const data = await ask(operations["sign-in"], { email, password });
  sessionStorage.setItem(KEY, data.signIn.token);
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

/** The viewer's own ids by name, for the examples that need one: { projectId, twinSpaceId, … }. */
export async function ownIds() {
  if (!token()) return {};
  const found = {};
  const walk = (value) => {
    for (const [key, inner] of Object.entries(value ?? {})) {
      if (inner && typeof inner === "object") walk(inner);
      else if (key.endsWith("Id")) found[key] ??= inner;
    }
  };
  try {
    walk(await ask(operations.ids));
  } catch {
    // The examples keep their placeholders, which say what belongs there.
  }
  return found;
}
