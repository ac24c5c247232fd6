import { defineConfig } from "vite";

// `npm run dev` and `npm run preview` pass /graphql and /exports on to the server, so that to the browser
// app and API are one website. The Host header stays, because the server compares it with the Origin.
const target = process.env["TWINSPACE_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "./",
  server: {
    proxy: {
      "/graphql": { target, ws: true, changeOrigin: false },
      "/exports": { target, changeOrigin: false },
    },
  },
  build: { target: "es2022" },
});
