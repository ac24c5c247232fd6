import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** The heading of a screen, which gets the focus when the screen appears, so that it is read out. */
export function Heading({ children, title }: { children: ComponentChildren; title: string }) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – TwinSpace`;
    ref.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [title]);
  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  );
}

interface PersonProps {
  name: string;
  picture?: { url: string } | null;
  online?: boolean | null | undefined;
}

/** A round picture, or initials. The name stands beside it, so that it has no text of its own. */
export function Face({ name, picture, online }: PersonProps) {
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => [...word][0] ?? "");
  return (
    <span class="face" data-online={online === true}>
      {picture ? <img src={picture.url} alt="" /> : <span aria-hidden="true">{initials.join("")}</span>}
    </span>
  );
}

export function Guidance({ guidance }: { guidance: { text: string; url: string | null } | null | undefined }) {
  if (!guidance) return null;
  return (
    <aside class="guidance" aria-label="Before you publish">
      <strong>Before you publish anything about pupils</strong>
      <p>{guidance.text}</p>
      {guidance.url && <a href={guidance.url}>More about it</a>}
    </aside>
  );
}
