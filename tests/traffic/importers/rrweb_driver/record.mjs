// Drives headless Chromium through a script of steps while the rrweb recorder runs in the page; knows no shop and no importer.
//
//   node record.mjs SCRIPT.json OUT.json
//
// SCRIPT: {"options": {rrweb's record options}, "steps": [{"do": "goto", "url"}, {"do": "search", "selector", "text", "button"?}
// (types, then clicks the button or presses Enter), {"do": "click", "selector"}, {"do": "wander", "n"} (clicks n elements of the
// page), {"do": "wait", "ms"}, {"do": "scroll", "y"}]}. A selector may pierce open shadow roots and, as "frame >>> selector", a frame.
//
// OUT: {"events": [rrweb events], "performed": [{"type", "node_id", "text"?}], "seen": [{"n_events", "dom"}]}. `performed` is what a
// person would say they did, with rrweb's ids as the browser tells them; `seen` the browser's own DOM after each step, as
// [id, tag or text, children] with the children of a shadow root before the others, and how many events there were by then.
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

// Runs in the page: what a click on the element is meant for: a label's control, else the nearest thing that can be acted on.
function tools() {
  const acts = "a[href], button, input, select, textarea, summary, option, [onclick], [role=button], [role=link], [role=option], "
    + "[role=checkbox], [role=radio], [role=tab], [role=menuitem], [role=combobox], [role=switch], [role=textbox], [role=searchbox]";
  window.__idOf = (element) => {
    const [acting, label] = [element.closest(acts), element.closest("label")];
    const control = label && (!acting || acting.contains(label)) ? label.control : null;
    return window.top.rrweb.record.mirror.getId(control ?? acting ?? element);
  };
  // Where to click on elements that can be seen and are not covered, and what is meant by a click there.
  window.__places = () => [...document.querySelectorAll("a[href], button, input[type=submit], input[type=checkbox]")]
    .map((element) => {
      const box = element.getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      const hit = box.width > 4 && box.height > 4 && document.elementFromPoint(x, y);
      return hit && element.contains(hit) ? { x, y, id: window.__idOf(hit) } : null;
    }).filter(Boolean);
}

async function perform(page, step) {
  const frames = (step.selector ?? "").split(" >>> ");
  const scope = frames.length > 1 ? page.frameLocator(frames.shift()) : page;
  const element = step.selector && scope.locator(frames[0]).first();
  if (step.do === "goto") await page.goto(step.url);
  else if (step.do === "wait") await page.waitForTimeout(step.ms);
  else if (step.do === "scroll") await page.mouse.wheel(0, step.y);
  else if (step.do === "click") {
    const node_id = await element.evaluate((one) => window.__idOf(one));
    await element.click({ timeout: 10_000, position: step.position });
    return [{ type: "click", node_id }];
  } else if (step.do === "wander") {
    const done = [];
    for (let i = 0; i < step.n; i++) {
      const fresh = (await page.evaluate(() => window.__places())).filter((one) => !done.some((other) => other.node_id === one.id));
      if (!fresh.length) break;
      const place = fresh[Math.floor((fresh.length * i) / step.n)];
      await page.mouse.click(place.x, place.y);
      await page.waitForTimeout(100);
      done.push({ type: "click", node_id: place.id });
    }
    return done;
  } else if (step.do === "search") {
    const node_id = await element.evaluate((one) => window.__idOf(one));
    if (!step.stays) await element.click({ timeout: 10_000 });
    await element.press("Control+a");
    await element.pressSequentially(step.text, { delay: 20 });
    if (step.button) await page.locator(step.button).first().click({ timeout: 10_000 });
    else await element.press("Enter");
    return [{ type: "type_and_submit", node_id, text: step.text }];
  } else throw new Error(`unknown step: ${step.do}`);
  return [];
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags });
try {
  const page = await browser.newPage();
  page.on("popup", (popup) => popup.close());
  const [events, performed, seen] = [[], [], []];
  await page.exposeBinding("__emit", (_, event) => events.push(JSON.parse(event)));
  await page.addInitScript(tools);
  await page.addInitScript(`${recorder};(${start})(${JSON.stringify(script.options ?? {})})`);
  const own = new URL(script.steps[0].url).origin;
  const isOwn = (request) => new URL(request.url()).origin === own;
  const leave = (route) => (route.request().isNavigationRequest() ? route.fulfill({ status: 204 }) : route.abort());
  await page.route("**/*", (route) => (isOwn(route.request()) ? route.continue() : leave(route)));
  for (const step of script.steps) {
    performed.push(...(await perform(page, step)));
    await settle(page);
    seen.push({ dom: await page.evaluate(dump), n_events: events.length });
  }
  writeFileSync(out, JSON.stringify({ events, performed: [...performed, { type: "terminate" }], seen }));
} finally {
  await browser.close();
}
