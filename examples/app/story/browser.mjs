// What the story is told with: people who have a browser each, and what every screen must be.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { preview } from "vite";

/** The project whose TwinSpace they work in. */
export const PROJECT = "Bees across borders";
export const chapter = (words) => console.log(`story: ${words}`);

const WIDTHS = [1280, 390];
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serves the built app, with /graphql and /exports passed on to the server, and opens a browser. */
export async function open(server, folder) {
  const root = new URL("..", import.meta.url).pathname;
  const proxy = {
    "/graphql": { target: server, ws: true, changeOrigin: false },
    "/exports": { target: server, changeOrigin: false },
  };
  const app = await preview({ root, logLevel: "silent", preview: { host: "127.0.0.1", port: 0, proxy } });
  const { port } = app.httpServer.address();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--no-first-run",
      // Whatever asks for another host finds none.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ],
  });
  if (folder) await mkdir(folder, { recursive: true });
  return {
    url: `http://127.0.0.1:${port}/`,
    browser,
    folder,
    shots: 0,
    async close() {
      await browser.close();
      await app.close();
    },
  };
}

/** Somebody with a browser of their own. */
export class Person {
  /** Every operation that was sent over HTTP, by name. */
  asked = [];
  /** How many of them wait for their answer. */
  waiting = 0;
  problems = [];

  static async arrives(stage, name) {
    const context = await stage.browser.newContext({ viewport: { width: WIDTHS[0], height: 900 }, locale: "en-GB" });
    const person = new Person();
    Object.assign(person, { stage, name, context, page: await context.newPage() });
    const { page } = person;
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => person.problems.push(`exception: ${error.message}`));
    page.on("console", (entry) => {
      // That a refused operation has a status of 400 or more is what the screens are about.
      if (entry.type() === "error" && !entry.text().startsWith("Failed to load resource"))
        person.problems.push(`console: ${entry.text()}`);
      if (entry.type() === "warning") person.problems.push(`console: ${entry.text()}`);
    });
    const asks = (request) => request.method() === "POST" && request.url().endsWith("/graphql");
    page.on("request", (request) => {
      if (!asks(request)) return;
      person.asked.push(/"operationName":"(\w+)"/.exec(request.postData() ?? "")?.[1] ?? "?");
      person.waiting++;
    });
    for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => asks(request) && person.waiting--);
    await page.goto(stage.url);
    return person;
  }

  button = (name) => this.page.getByRole("button", { name, exact: typeof name === "string" });
  link = (name) => this.page.getByRole("link", { name, exact: typeof name === "string" });
  field = (name) => this.page.getByLabel(name, { exact: typeof name === "string" });
  heading = (name) => this.page.getByRole("heading", { name }).first().waitFor();
  sees = (text) => this.page.getByText(text).first().waitFor();
  section = async (name) => {
    await this.page.locator(".sections").getByRole("link", { name }).click();
    await this.heading(name);
  };

  /** Goes to the TwinSpace, from wherever they are. */
  async enters() {
    await this.link("TwinSpace").click();
    await this.heading(/^Hello/);
    await this.link(new RegExp(PROJECT)).click();
    await this.heading("Pages");
  }

  async signIn(who, password = "twinspace1") {
    const pupil = !who.includes("@");
    await this.button(pupil ? "I am a pupil" : "I am a teacher or a guest").click();
    await this.field(pupil ? "Username" : "E-mail address").fill(who);
    await this.field("Password").fill(password);
    await this.button("Sign in").click();
  }

  /** Does something, and says which operations that took: a screen is one round trip. What was asked before is over. */
  async trips(act) {
    while (this.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const before = this.asked.length;
    await act();
    return this.asked.slice(before);
  }

  /** Looks at the screen at each width: it fits, axe finds nothing, and there is a picture of it. */
  async look(title) {
    const { page, stage } = this;
    const number = String(++stage.shots).padStart(2, "0");
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width > 600 ? 900 : 844 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${title}: ${wide} px too wide at ${width} px`);
      await page.evaluate(async () => {
        await document.fonts.ready;
        const images = [...document.images];
        for (const image of images) image.loading = "eager";
        await Promise.all(images.map((image) => image.decode().catch(() => {})));
        await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
      });
      await page.evaluate(axe);
      // The tables in pages are their authors': in Markdown, the corner of a table cannot be a cell of its body.
      const rules = { "empty-table-header": { enabled: false } };
      const { violations } = await page.evaluate((options) => globalThis.axe.run(document, options), { rules });
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      assert.deepEqual(found, [], `${title} at ${width} px`);
      if (stage.folder)
        await page.screenshot({ path: join(stage.folder, `${number}-${title}-${width}.png`), fullPage: true });
    }
    await page.setViewportSize({ width: WIDTHS[0], height: 900 });
  }

  async leaves() {
    assert.deepEqual(this.problems, [], `in the browser of ${this.name}`);
    await this.context.close();
  }
}
