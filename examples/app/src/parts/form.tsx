import type { ComponentChildren, JSX, TargetedEvent } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Problem } from "../api/errors";
import { problemInWords } from "../api/words";

interface FieldProps {
  label: string;
  hint?: string;
  /** The path of the field in the mutation's input. */
  name: string;
  problem?: Problem | null;
  children: (attributes: {
    id: string;
    name: string;
    "aria-describedby"?: string;
    "aria-invalid"?: boolean;
  }) => JSX.Element;
}

/** Level 3: a field with its label, and with what is wrong with it. */
export function Field({ label, hint, name, problem, children }: FieldProps) {
  const id = useId();
  const wrong = problem?.fields[name];
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {children({
        id,
        name,
        ...(described ? { "aria-describedby": described } : {}),
        ...(wrong ? { "aria-invalid": true } : {}),
      })}
      {wrong && (
        <span class="wrong" id={`${id}-wrong`}>
          {problemInWords(wrong)}
        </span>
      )}
    </div>
  );
}

interface FormProps {
  onSubmit: () => unknown;
  children: ComponentChildren;
  class?: string;
  label?: string;
}

export function Form({ onSubmit, children, label, ...rest }: FormProps) {
  return (
    <form
      {...rest}
      aria-label={label}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void onSubmit();
      }}
    >
      {children}
    </form>
  );
}

interface ChoiceProps<Value extends string> {
  legend: string;
  name: string;
  options: readonly { value: Value; label: string; hint?: string }[];
  value: Value | null;
  onChange: (value: Value) => void;
}

export function Choice<Value extends string>({ legend, name, options, value, onChange }: ChoiceProps<Value>) {
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>
            {option.label}
            {option.hint && <span class="hint">{option.hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** The browser's own dialog: it keeps the focus, closes with Escape, and gives the focus back. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // Closing gives the focus back to where it was; being removed does not.
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={ref} aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

export const text = (event: TargetedEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>): string =>
  event.currentTarget.value;
