// Opens the playground in a browser without a network, and works with it as a person would:
//
//     node check.mjs URL [SCREENSHOT.png]
//
// The screenshot comes with others of the same name (SCREENSHOT-dark.png and so on). With the
// environment variables TWINSPACE_EMAIL and TWINSPACE_PASSWORD it signs in and out as well, and with
// TWINSPACE_PUPIL and TWINSPACE_OFFICER, who have the same password, as them too.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [url, screenshot] = process.argv.slice(2);
if (!url) {
  console.error("usage: node check.mjs URL [SCREENSHOT.png]");
  process.exit(2);
}
const { CHROMIUM = "/usr/bin/chromium", TWINSPACE_EMAIL: email, TWINSPACE_PASSWORD: password } = process.env;
const { TWINSPACE_PUPIL: pupil, TWINSPACE_OFFICER: officer } = process.env;

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const problems = [];
const folder = await mkdtemp(join(tmpdir(), "twinspace-browser-"));
const context = await chromium.launchPersistentContext(folder, {
  executablePath: CHROMIUM,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    // Whatever asks for another host finds none, even past the route below.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]",
  ],
  viewport: { width: 1360, height: 840 },
  colorScheme: "light",
  serviceWorkers: "block",
});

const step = (text) => console.log(`browser: ${text}`);

/** How many milliseconds GraphiQL is given to look at what was typed or opened. */
const settled = 1000;

/** Checks again and again until it holds, for as long as a browser may take. */
async function eventually(check) {
  for (const end = Date.now() + 30_000; ; ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

try {
  await context.route("**/*", (route) => {
    const target = new URL(route.request().url());
    if (["data:", "blob:"].includes(target.protocol) || LOOPBACK.has(target.hostname)) return route.continue();
    problems.push(`asked for ${target.href}`);
    return route.abort();
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(30_000);
  page.on("console", (entry) => {
    if (["error", "warning"].includes(entry.type())) problems.push(`console ${entry.type()}: ${entry.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) => problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  const sockets = [];
  page.on("websocket", (socket) => {
    const sent = [];
    sockets.push(sent);
    socket.on("framesent", ({ payload }) => sent.push(JSON.parse(payload)));
  });
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} for ${response.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy ${event.violatedDirective} refuses ${event.blockedURI} ${event.sample}`);
    });
  });

  const answer = await page.goto(url);
  assert.equal(answer.status(), 200);
  assert.match(answer.headers()["content-security-policy"] ?? "", /frame-ancestors 'none'/);
  await page.locator(".graphiql-query-editor .CodeMirror").waitFor();
  await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  await page.getByRole("heading", { name: "Examples" }).waitFor();
  assert.ok((await page.locator(".examples").boundingBox()).x > 0, "the panel of examples is out of sight");
  step("the playground has loaded");

  const picture = async (name) => {
    if (screenshot) await page.screenshot({ path: screenshot.replace(/(\.\w+)?$/, `-${name}$1`) });
  };
  for (const [width, height] of [[1280, 720], [390, 844], [1360, 840]]) {
    await page.setViewportSize({ width, height });
    await eventually(async () => {
      const { room, text } = await page.locator(".graphiql-query-editor .CodeMirror").evaluate(({ CodeMirror }) => ({
        room: CodeMirror.getScrollInfo(),
        text: CodeMirror.getValue(),
      }));
      assert.match(text, /^# Welcome/);
      const whole = room.width <= room.clientWidth && room.height <= room.clientHeight;
      assert.ok(whole, `the welcome is cut at ${width} px: ${JSON.stringify(room)}`);
    });
    await picture(`welcome-${width}`);
    const bar = await page.locator(".bar").boundingBox();
    for (const link of await page.getByRole("navigation", { name: "Documentation" }).getByRole("link").all()) {
      const box = await link.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width && box.y + box.height <= bar.y + bar.height);
    }
    step(`the welcome is whole at ${width} px`);
  }

  const shown = () =>
    page.locator(".graphiql-response .CodeMirror").evaluate((element) => element.CodeMirror.getValue());
  const run = async () => {
    const answered = page.waitForResponse((response) => response.url().endsWith("/graphql"));
    await page.getByRole("button", { name: /execute query/i }).click();
    await answered;
    await page.waitForFunction(() => {
      const element = document.querySelector(".graphiql-response .CodeMirror");
      return element?.CodeMirror.getValue().trim() && !document.querySelector(".graphiql-response .graphiql-spinner");
    });
    return JSON.parse(await shown());
  };

  const first = await run();
  assert.equal(first.data.viewer, null);
  assert.ok(first.data.projects.nodes.length > 0 && first.data.projects.nodes[0].title, JSON.stringify(first));
  step(`the first query shows ${first.data.projects.totalCount} projects`);

  const links = page.getByRole("navigation", { name: "Documentation" }).getByRole("link");
  for (const [title, says] of [
    ["Guide", "For app developers"],
    ["Permissions", "change"],
    ["Errors", "UNAUTHENTICATED"],
    ["Schema", "type Query"],
  ]) {
    const opening = context.waitForEvent("page");
    await links.filter({ hasText: title }).click();
    const manual = await opening;
    manual.on("console", (entry) => problems.push(`${title}: ${entry.text()}`));
    await manual.getByText(says).first().waitFor();
    await manual.setViewportSize({ width: 390, height: 844 });
    const width = await manual.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(title === "Schema" || width <= 390, `${title} is ${width} px wide on a phone`);
    if (title !== "Schema") assert.ok(await manual.locator("h1, h2").count());
    if (screenshot) await manual.screenshot({ path: screenshot.replace(/(\.\w+)?$/, `-${title}$1`) });
    await manual.close();
    step(`“${title}” is there to read`);
  }

  // The manual knows the schema once it has been loaded.
  await page.getByRole("button", { name: /documentation explorer/i }).click();
  await page.getByText("Root Types").waitFor();
  await page.getByRole("button", { name: "Show Examples" }).click();
  step("the manual shows the schema");

  const tabs = page.locator(".graphiql-tab");
  const examples = page.locator(".examples li button");
  const unfold = () =>
    page.locator(".examples details").evaluateAll((all) => all.forEach((group) => (group.open = true)));
  const variables = () =>
    page.locator(".graphiql-editor-tool .CodeMirror").first().evaluate((element) => element.CodeMirror.getValue());
  const content = () =>
    page.locator(".graphiql-query-editor .CodeMirror").evaluate((element) => element.CodeMirror.getValue());
  await unfold();
  for (const example of await examples.all()) {
    const before = await content();
    await example.click();
    await page.waitForFunction((before) => {
      const text = document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror.getValue();
      return text.trim() && text !== before;
    }, before);
    assert.match(await content(), /^(query|mutation|subscription) \w+/m);
  }
  // GraphiQL names a tab a moment after its operation has come, unless another has been opened by then:
  // that one gets its name when it is opened again.
  const alike = (names) => names.flatMap((name, n) => (names.indexOf(name) < n ? [names.indexOf(name), n] : []));
  for (let tries = 0; tries < 10; tries++) {
    const again = alike(await tabs.allInnerTexts());
    if (!again.length) break;
    if (!tries) console.log("browser: named alike at first", await tabs.nth(again[0]).innerText());
    for (const n of again) {
      await tabs.nth(n).locator(".graphiql-tab-button").click();
      await page.waitForTimeout(1000);
    }
  }
  assert.deepEqual(alike(await tabs.allInnerTexts()), []);
  assert.equal(await tabs.count(), await examples.count());
  step(`each of ${await examples.count()} examples opens in a tab of its own`);

  await tabs.filter({ hasText: "WhoAmI" }).locator(".graphiql-tab-button").click();
  await eventually(async () => assert.match(await content(), /WhoAmI/));
  // GraphiQL looks at a tab's operation a moment after it has been opened.
  await page.waitForTimeout(settled);
  const anonymous = await run();
  assert.ok("data" in anonymous || "errors" in anonymous);
  step(`an example has been answered: ${JSON.stringify(anonymous)}`);

  // A link of a mail: its operation, with the token, which leaves the address and the history.
  const token = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
  for (const [action, operation] of [
    ["verify", "VerifyEmail"],
    ["reset", "ResetPassword"],
    ["email", "ConfirmEmailChange"],
    ["invitation", "AcceptInvitationAsGuest"],
  ]) {
    const steps = await page.evaluate(() => history.length);
    await page.waitForLoadState("networkidle");
    await page.goto(`${url}/#${action}=${token}`);
    await page.waitForFunction(
      (operation) =>
        document.querySelector(".graphiql-query-editor .CodeMirror")?.CodeMirror.getValue().includes(operation),
      operation,
    );
    await eventually(async () => {
      assert.equal(JSON.parse(await variables()).token, token);
      const { hash, length } = await page.evaluate(() => ({ hash: location.hash, length: history.length }));
      assert.equal(hash, "");
      assert.ok(length <= steps + 1);
    });
    step(`the link of a mail, #${action}=…, opens ${operation}`);
  }
  await page.waitForLoadState("networkidle");
  await page.goBack();
  assert.ok(!page.url().includes(token), page.url());
  await page.evaluate(() => sessionStorage.clear());
  await page.goto(url);
  await page.waitForLoadState("networkidle");
  await examples.filter({ hasText: "Who am I" }).click();
  await page.waitForFunction(() =>
    document.querySelector(".graphiql-query-editor .CodeMirror")?.CodeMirror.getValue().includes("WhoAmI"),
  );
  await page.waitForTimeout(settled);

  const select = async (title) => {
    const before = await content();
    await examples.filter({ hasText: title }).click();
    await page.waitForFunction((before) => {
      const text = document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror.getValue();
      return text.trim() && text !== before;
    }, before);
    await page.waitForTimeout(settled);
  };

  // A token in the headers panel counts for subscriptions, too, and another one from the next run on.
  if (email && pupil && password) {
    const ask = async (query, variables, token) => {
      const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
      const body = JSON.stringify({ query, variables });
      const answer = await (await fetch(`${url}/graphql`, { method: "POST", headers, body })).json();
      assert.ok(!answer.errors, JSON.stringify(answer));
      return answer.data;
    };
    const signIns = {
      signIn: "mutation($name: String!, $password: String!) { signIn(input: { email: $name, password: $password }) { token } }",
      signInPupil:
        "mutation($name: String!, $password: String!) { signInPupil(input: { username: $name, password: $password }) { token } }",
    };
    await unfold();
    await select("Subscribe to the chat");
    const panel = page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror");
    const type = async (tool, text) => {
      await page.getByRole("button", { name: tool, exact: true }).click();
      await panel.evaluate(({ CodeMirror }, text) => CodeMirror.setValue(text), text);
    };
    const execute = page.locator(".graphiql-execute-button");
    const room = "query { viewer { memberships(first: 1) { nodes { twinSpace { id } } } } }";
    for (const [field, name, header] of [
      ["signIn", email, "Authorization"],
      ["signInPupil", pupil, "authorization"],
    ]) {
      const { token } = (await ask(signIns[field], { name, password }))[field];
      const twinSpaceId = (await ask(room, {}, token)).viewer.memberships.nodes[0].twinSpace.id;
      await type("Variables", JSON.stringify({ twinSpaceId }));
      await type("Headers", JSON.stringify({ [header]: `Bearer ${token}` }));
      await page.waitForTimeout(settled);
      const before = sockets.length;
      await execute.click();
      // Whatever is said before the server listens is not heard: speak until it is.
      const say = "mutation($id: ID!, $text: String!) { sendChatMessage(input: { twinSpaceId: $id, text: $text }) { __typename } }";
      const text = `Heard by ${name}?`;
      for (let tries = 0; tries < 20 && !(await shown().catch(() => "")).includes(text); tries++) {
        await ask(say, { id: twinSpaceId, text }, token);
        await page.waitForTimeout(settled);
      }
      assert.ok((await shown()).includes(text), await shown());
      assert.equal(sockets.length, before + 1);
      assert.deepEqual(sockets.at(-1)[0].payload, { Authorization: `Bearer ${token}` });
      await execute.click();
      step(`signed out, a subscription asks with the token of ${name} in the headers panel`);
    }
    await type("Headers", "");
    await page.getByRole("button", { name: "Variables", exact: true }).click();
    await select("Who am I");
  }

  if (email && password) {
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill(`${password}, but wrong`);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    step(`a wrong password is refused: ${(await page.getByRole("alert").innerText()).split("\n")[0]}`);

    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("Signed in as").waitFor();
    const who = await run();
    assert.ok(who.data?.viewer?.name, `signed in, and still nobody: ${JSON.stringify(who)}`);
    step(`signed in, the same example answers ${JSON.stringify(who)}`);

    // A fresh page, so that the examples come with the ids of the one who signed in.
    await page.evaluate(() => {
      for (const key of Object.keys(sessionStorage)) if (key.startsWith("graphiql:")) sessionStorage.removeItem(key);
    });
    await page.reload();
    await page.getByText("Signed in as").waitFor();
    await page.waitForFunction(() =>
      document.querySelector(".graphiql-query-editor .CodeMirror")?.CodeMirror.getValue().startsWith("# Welcome"),
    );
    await page.waitForTimeout(settled);
    const welcome = await run();
    assert.ok(welcome.data.viewer.name && welcome.data.viewer.notificationCounts.total > 0, JSON.stringify(welcome));
    step(`signed in, the first query says what waits for ${welcome.data.viewer.name}`);
    await unfold();

    await select("Add a picture");
    assert.equal(JSON.parse(await variables()).file, "<file>");
    const chooser = page.waitForEvent("filechooser");
    const uploaded = page.waitForResponse((response) => response.url().endsWith("/graphql"));
    await page.getByRole("button", { name: /execute query/i }).click();
    const buffer = await page.screenshot();
    await (await chooser).setFiles({ name: "bees.png", mimeType: "image/png", buffer });
    const { data } = await (await uploaded).json();
    assert.equal(data?.addMedia?.media.contentType, "image/png");
    for (const link of [data.addMedia.media.url, data.addMedia.media.thumbnailUrl]) {
      const file = await fetch(new URL(new URL(link).pathname + new URL(link).search, url));
      assert.equal(file.status, 200);
      assert.match(file.headers.get("content-type"), /^image\//);
    }
    await page.waitForFunction(() => !document.querySelector(".graphiql-response .graphiql-spinner"));
    await picture("upload");
    step(`a picture of ${buffer.length} bytes has been uploaded`);

    for (const [title, look] of [
      ["What a project waits for", ({ data }) => data.project.approvals.length],
      ["Be refused, with a reason", ({ errors }) => errors[0].extensions.reason === "FOUNDER_PROTECTED"],
      ["Invite a collaborator", ({ data }) => data.inviteMember.invitation.state === "PENDING"],
      ["Search members", ({ data }) => data.twinSpace.members.totalCount],
      ["The members page", ({ data }) => data.twinSpace.members.nodes.length > 1],
    ]) {
      await select(title);
      const answer = await run();
      assert.ok(look(answer), `${title}: ${JSON.stringify(answer)}`);
      step(`“${title}” runs with the viewer's own ids`);
    }
  }

  await page.setViewportSize({ width: 390, height: 844 });
  const response = page.locator(".graphiql-response");
  await response.scrollIntoViewIfNeeded();
  await page.waitForTimeout(settled);
  const { x, y, width, height } = await response.boundingBox();
  assert.ok(x >= 0 && width > 320 && width <= 390 && y < 844 && y + height > 200, "no answer on a phone");
  const play = await page.getByRole("button", { name: /execute query/i }).boundingBox();
  assert.ok(play.x >= 0 && play.x + play.width <= 390, "no play button on a phone");
  if (screenshot) await page.screenshot({ path: screenshot.replace(/(\.\w+)?$/, "-phone$1"), fullPage: true });
  await page.setViewportSize({ width: 1360, height: 840 });
  step("on a phone the answer stands below the query");

  if (screenshot) {
    await page.screenshot({ path: screenshot });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForTimeout(settled);
    await page.screenshot({ path: screenshot.replace(/(\.\w+)?$/, "-dark$1") });
    step(`pictures: ${screenshot}`);
  }

  if (email && password) {
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.getItem("twinspace:token")), null);
    step("signed out");
  }

  for (const [name, kind, fits, misfits] of [
    [pupil, "pupil", "The members page", "Invite pupils"],
    [officer, "officer", "Approve a project", "The members page"],
  ]) {
    if (!name || !password) continue;
    await page.getByLabel("E-mail or username").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.locator(".viewer .kind", { hasText: kind }).waitFor();
    await unfold();
    const marked = (title) => examples.filter({ hasText: title }).locator("em").count();
    assert.equal(await marked(fits), 0, `${kind}: ${fits}`);
    assert.equal(await marked(misfits), 1, `${kind}: ${misfits}`);
    // What does not fit says so in words that fit: a pupil has no projects, drafts or class.
    const words = await examples.locator("em").allInnerTexts();
    const strange = /that you are in|of yours|custody|whom you invited|contact|draft|successi/i;
    if (kind === "pupil") assert.deepEqual(words.filter((text) => strange.test(text)), []);
    step(`${kind}: ${[...new Set(words)].join(" ")}`);
    if (screenshot) await page.screenshot({ path: screenshot.replace(/(\.\w+)?$/, `-${kind}$1`) });
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    step(`${name} signs in as ${kind}, and sees what fits`);
  }

  assert.deepEqual(problems, []);
  step("nothing went wrong unseen, and no other host was asked");
} catch (error) {
  if (screenshot) await context.pages()[0]?.screenshot({ path: screenshot });
  for (const problem of problems) console.error(`browser: ${problem}`);
  throw error;
} finally {
  await context.close();
  await rm(folder, { recursive: true, force: true });
}
