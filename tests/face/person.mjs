// A person at headless Chromium: does one thing at a time, as told on standard input, and answers each on standard output.
//
//   node person.mjs        run in a folder where playwright-core is installed
//
// In: one JSON object a line, {"do": ..., ...}. Out: {"ok": ...} or {"error": "the first lines of what went wrong"}.
// Texts are what is written on the page; `role` narrows to buttons, links, ... of that accessible name.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { chromium } = createRequire(`${process.cwd()}/`)("playwright-core");
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
const page = await (await browser.newContext({ viewport: { width: 1600, height: 1000 } })).newPage();

const find = ({ text, role, css, exact = false, nth = 0 }) => {
  const named = role ? page.getByRole(role, { name: text, exact }) : css ? page.locator(css, text ? { hasText: text } : {})
    : page.getByText(text, { exact });
  return named.filter({ visible: true }).nth(nth);
};

const acts = {
  open: async ({ url }) => { await page.goto(url, { waitUntil: "load" }); },
  click: async (one) => { await find(one).click({ timeout: one.ms }); },
  type: async (one) => { await find(one).fill(one.value, { timeout: one.ms }); },
  press: async ({ key }) => { await page.keyboard.press(key); },
  see: async (one) => { await find(one).waitFor({ timeout: one.ms }); },
  read: async () => (await Promise.all(page.frames().map((frame) => frame.evaluate(() => document.body?.innerText ?? "")))).join("\n"),
  where: async () => page.url(),
  photograph: async ({ path }) => { await page.waitForTimeout(700); await page.screenshot({ path }); },
};

// Whoever told is gone: nothing is waited for any more.
process.stdin.on("close", () => browser.close().finally(() => process.exit()));
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  const answer = await acts[told.do](told).then((ok) => ({ ok: ok ?? null }),
    (error) => ({ error: error.message.split("\n").slice(0, 12).join("\n") }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
