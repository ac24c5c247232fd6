// The links in mails: "#verify=TOKEN" and the like, which the playground opens as an operation.

/** The example for each kind of link: for who is signed in, and for who is not. */
const OPENS = {
  verify: ["20-verify-my-address", "20-verify-my-address"],
  reset: ["22-choose-a-new-password", "22-choose-a-new-password"],
  email: ["23-confirm-my-new-address", "23-confirm-my-new-address"],
  invitation: ["41-accept-an-invitation", "42-accept-as-a-guest"],
};

/** What the address bar holds, which is then cleared: a token is left neither there nor in the history. */
export function takeLink() {
  const [, action, token] = location.hash.match(/^#(\w+)=([\w-]+)$/) ?? [];
  if (!Object.hasOwn(OPENS, action ?? "")) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return { action, ids: { [`${action}Token`]: token } };
}

/** The name of the example that a link is for. */
export const opened = ({ action }, isSignedIn) => OPENS[action][isSignedIn ? 0 : 1];
