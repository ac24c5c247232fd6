// A `fetch` that tells how much of an upload has been sent, which the browser's own does not. The
// client makes a multipart request of an operation whose variables have a file.

export interface Upload {
  /** To be passed as an operation's context. */
  readonly context: { readonly fetch: typeof fetch };
  readonly abort: () => void;
}

/** Calls `progress` with the part sent, from 0 to 1. At 1, the server still inspects the file. */
export function upload(progress: (part: number) => void): Upload {
  const request = new XMLHttpRequest();
  const send = (url: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
    new Promise((resolve, reject) => {
      request.open("POST", String(url));
      for (const [name, value] of new Headers(init?.headers)) request.setRequestHeader(name, value);
      // Without this header, which no form on another website can send, the server refuses.
      request.setRequestHeader("GraphQL-Preflight", "1");
      request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
      request.onload = () => {
        const type = request.getResponseHeader("Content-Type") ?? "application/json";
        const { status, responseText } = request;
        resolve(new Response(responseText, { status, headers: { "Content-Type": type } }));
      };
      request.onerror = () => reject(new TypeError("The upload was interrupted."));
      request.onabort = () => reject(new TypeError("The upload was stopped."));
      request.send(init?.body as FormData);
    });
  return { context: { fetch: send as typeof fetch }, abort: () => request.abort() };
}
