// Files for variables: whatever stands as "<file>" is chosen when the operation is run, and goes with
// it by the GraphQL multipart request.

const FILE = "<file>";

/** Where the variables want a file: ["variables.input.file"]. */
export function places(value, path = "variables") {
  if (value === FILE) return [path];
  if (!value || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, inner]) => places(inner, `${path}.${name}`));
}

/** Has the person choose a file; null if they would rather not. */
export function chooseFile() {
  const input = Object.assign(document.createElement("input"), { type: "file", hidden: true });
  document.body.append(input);
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve(input.files[0] ?? null));
    input.addEventListener("cancel", () => resolve(null));
    input.click();
  }).finally(() => input.remove());
}

/** A request with one file, at all its places. */
export function withFile(request, file) {
  const form = new FormData();
  form.append("operations", JSON.stringify(request, (_, value) => (value === FILE ? null : value)));
  form.append("map", JSON.stringify({ 0: places(request.variables) }));
  form.append("0", file);
  return form;
}
