// The session's token. It is kept in sessionStorage: it survives a reload, and goes when the tab is
// closed. School computers are shared, so it must not be in localStorage, where the next child
// would find it. There are no cookies.

const KEY = "twinspace.token";
const listeners = new Set<() => void>();
let ended: string | null = null;

export const token = (): string | null => sessionStorage.getItem(KEY);

/** Why the last session ended, if it was not the user who ended it. */
export const whyEnded = (): string | null => ended;

export function begin(newToken: string): void {
  sessionStorage.setItem(KEY, newToken);
  ended = null;
  for (const tell of listeners) tell();
}

/** Forgets the token. Whoever listens forgets all that was loaded with it. */
export function end(why: string | null = null): void {
  if (token() === null) return;
  sessionStorage.removeItem(KEY);
  ended = why;
  for (const tell of listeners) tell();
}

export function listen(tell: () => void): () => void {
  listeners.add(tell);
  return () => void listeners.delete(tell);
}
