// Drives headless Chromium through a script of steps while the rrweb recorder runs in the page; knows no shop and no importer.
//
//   node record.mjs SCRIPT.json OUT.json
//
// SCRIPT: {"options": {rrweb's record options}, "steps": [{"do": "goto", "url"}, {"do": "type", "selector", "text", "enter"},
// {"do": "click", "selector"}, {"do": "wait", "ms"}, {"do": "scroll", "y"}]}. A selector may pierce open shadow roots and, as
// "frame >>> selector", one frame.
// OUT: {"events": [rrweb events], "seen": [{"n_events", "dom"}]}: after each step the browser's own DOM with rrweb's node ids,
// as [id, tag or text, children] with the children of a shadow root before the others; and how many events there were by then.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [script, out] = [JSON.parse(readFileSync(process.argv[2], "utf8")), process.argv[3]];
const recorder = readFileSync(createRequire(import.meta.url).resolve("rrweb").replace(/rrweb\.(umd\.)?cjs$/, "rrweb.umd.min.cjs"), "utf8");
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

// Runs in the page.
function start(options) {
  if (window !== window.top || window.location.href === "about:blank") return;
  rrweb.record({ recordAfter: "DOMContentLoaded", ...options, emit: (event) => window.__emit(JSON.stringify(event)) });
}

// Runs in the page.
function dump() {
  const ids = rrweb.record.mirror;
  const describe = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return [ids.getId(node), node.textContent, []];
    const below = node.tagName === "IFRAME" && node.contentDocument ? [node.contentDocument]
      : [...(node.shadowRoot ? node.shadowRoot.childNodes : []), ...node.childNodes];
    return [ids.getId(node), node.nodeName.toLowerCase(), below.filter((one) => ids.getId(one) > 0).map(describe)];
  };
  return describe(document);
}

// The page has loaded, and whatever a step set off has had time to change it.
async function settle(page) {
  await page.waitForLoadState("load");
  await page.waitForFunction(() => window.rrweb && rrweb.record.mirror.getId(document) > 0);
  await page.waitForTimeout(150);
}

async function perform(page, step) {
  const frames = (step.selector ?? "").split(" >>> ");
  const scope = frames.length > 1 ? page.frameLocator(frames.shift()) : page;
  const element = step.selector && scope.locator(frames[0]).first();
  if (step.do === "goto") await page.goto(step.url);
  else if (step.do === "wait") await page.waitForTimeout(step.ms);
  else if (step.do === "scroll") await page.mouse.wheel(0, step.y);
  else if (step.do === "click") await element.click({ timeout: 10_000 });
  else if (step.do === "type") {
    await element.click({ timeout: 10_000 });
    await element.press("Control+a");
    await element.pressSequentially(step.text, { delay: 20 });
    if (step.enter) await element.press("Enter");
  } else throw new Error(`unknown step: ${step.do}`);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags });
try {
  const page = await browser.newPage();
  const [events, seen] = [[], []];
  await page.exposeBinding("__emit", (_, event) => events.push(JSON.parse(event)));
  await page.addInitScript(`${recorder};(${start})(${JSON.stringify(script.options ?? {})})`);
  const own = new URL(script.steps[0].url).origin;
  await page.route("**/*", (route) => (new URL(route.request().url()).origin === own ? route.continue() : route.abort()));
  for (const step of script.steps) {
    await perform(page, step);
    await settle(page);
    seen.push({ dom: await page.evaluate(dump), n_events: events.length });
  }
  writeFileSync(out, JSON.stringify({ events, seen }));
} finally {
  await browser.close();
}
