import { useEffect, useState } from "preact/hooks";

/** A value once it has been left alone for a moment: nobody wants an answer to every letter typed. */
export function useDeferred<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 250);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** Whether the tab is looked at. */
export function useSeen(): boolean {
  const [seen, setSeen] = useState(document.visibilityState === "visible");
  useEffect(() => {
    const look = (): void => setSeen(document.visibilityState === "visible");
    addEventListener("visibilitychange", look);
    return () => removeEventListener("visibilitychange", look);
  }, []);
  return seen;
}

const MINUTE = 60_000;

/** Reloads what no event tells of, such as who is online: each minute while the tab is seen, and on return to it. */
export function useRefresh(reload: () => void): void {
  useEffect(() => {
    const seen = (): void => {
      if (document.visibilityState === "visible") reload();
    };
    const timer = setInterval(seen, MINUTE);
    addEventListener("focus", seen);
    return () => {
      clearInterval(timer);
      removeEventListener("focus", seen);
    };
  }, [reload]);
}
