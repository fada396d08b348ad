// Records doc/websocket-demo.gif: the built page in Chromium, live against the built ws-demo.
//   yarn record

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import gifenc from "gifenc";
import { PNG } from "pngjs";
import { PUBLISH_TOKEN, Server, startBrowser } from "../e2e/harness";

const { applyPalette, GIFEncoder, quantize } = gifenc;

const VIEW = { width: 1440, height: 1150 };
/** Pixels of the picture to one of the page. */
const SCALE = 0.75;
const FRAMES = 72;
const FRAME_MS = 125;
/** The palette's last entry stands for "as before", which is most of every frame. */
const COLOURS = 255;

const server = await Server.start(["--interval", "250ms"]);
const { browser, close } = await startBrowser();
const page = await browser.newPage({
  viewport: VIEW,
  deviceScaleFactor: SCALE,
  colorScheme: "light",
});
await page.goto(server.address);
await page.waitForTimeout(30_000); // so that the plot has something to show

async function publish(topic: string, payload: unknown): Promise<void> {
  await fetch(new URL(`/topics/${topic}`, server.address), {
    method: "POST",
    headers: { Authorization: `Bearer ${PUBLISH_TOKEN}`, "Content-Type": "application/json" },
    body: JSON.stringify(payload),
  });
}

const shots: PNG[] = [];
const box = page.getByRole("textbox", { name: "Text to send" });
for (let i = 0; i < FRAMES; ++i) {
  const began = performance.now();
  if (i === 16) await box.click();
  if (i > 16 && i <= 16 + 13) await page.keyboard.type("Hello, server"[i - 17] ?? "");
  if (i === 34) await page.keyboard.press("Enter");
  if (i === 8 || i === 48) await publish("prices", { eur: i === 8 ? 1.1 : 1.12 });
  if (i === 40) await publish("jobs.42", { done: true });
  shots.push(PNG.sync.read(await page.screenshot()));
  await page.waitForTimeout(Math.max(0, FRAME_MS - (performance.now() - began)));
}
await close();
await server.stop();

const gif = GIFEncoder();
const palette = quantize(Buffer.concat([0, 40].map((i) => shots[i]?.data ?? Buffer.of())), COLOURS);
let before: Uint8Array | null = null;
for (const shot of shots) {
  const indices = applyPalette(shot.data, palette);
  const drawn = indices.slice();
  if (before)
    for (let i = 0; i < indices.length; ++i) if (indices[i] === before[i]) drawn[i] = COLOURS;
  gif.writeFrame(drawn, shot.width, shot.height, {
    delay: FRAME_MS,
    dispose: 1,
    ...(before ? { transparent: true, transparentIndex: COLOURS } : {}),
    ...(before ? {} : { palette: [...palette, [0, 0, 0]] }),
  });
  before = indices;
}
gif.finish();
const file = join(import.meta.dirname, "../../doc/websocket-demo.gif");
writeFileSync(file, gif.bytes());
console.info(`${file}: ${Math.round(gif.bytes().length / 1024)} KiB`);
