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
