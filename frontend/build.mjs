// Builds src/danshu/static/: one style sheet, one script, the sprite of the icons in use, the Latin typeface, htmx and SortableJS.
// `node frontend/build.mjs` once; `--watch` again after every change.
import { build } from "esbuild";
import { transform } from "lightningcss";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, watch, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(HERE);
const MODULES = join(ROOT, "node_modules");
const SOURCE = join(ROOT, "src", "danshu");
const OUT = join(SOURCE, "static");

// Oldest browsers on the desks of small sellers: lightningcss lowers nesting and light-dark() for them.
const TARGETS = { chrome: 99 << 16, edge: 99 << 16, safari: (15 << 16) | (4 << 8), ios_saf: (15 << 16) | (4 << 8), firefox: 102 << 16 };
const JS_TARGETS = ["chrome99", "safari15.4", "firefox102"];

// Each file is a layer's part; a file that is not named here is a room's own page style and lands in `screens`.
const LAYERS = {
  reset: ["reset"],
  tokens: ["tokens"],
  base: ["base"],
  layout: ["shell"],
  components: ["controls", "marks", "cards", "tables", "drawer", "feedback"],
  screens: ["order-cards", "figures", "setup", "rail"],
  utilities: ["utilities"],
  print: ["print"],
};

function walk(folder, ends) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["node_modules", "static", "__pycache__"].includes(entry.name) ? [] : walk(path, ends);
    return entry.name.endsWith(ends) ? [path] : [];
  });
}

function css() {
  const folder = join(HERE, "css");
  const named = new Set(Object.values(LAYERS).flat());
  const rooms = readdirSync(folder).filter((name) => name.endsWith(".css")).map((name) => name.slice(0, -4)).filter((name) => !named.has(name)).sort();
  const layers = { ...LAYERS, screens: [...LAYERS.screens, ...rooms] };
  const font = '@font-face{font-family:"Inter DS";src:url(inter-latin.woff2) format("woff2");font-weight:100 900;font-display:swap;unicode-range:U+0020-007E,U+00A0-00FF,U+2013-2014,U+2018-2019,U+201C-201D,U+2190-2193,U+2212}';
  const parts = [`@layer ${Object.keys(layers).join(",")};`, font];
  for (const [layer, files] of Object.entries(layers))
    for (const file of files) parts.push(`@layer ${layer}{\n${readFileSync(join(folder, `${file}.css`), "utf8")}\n}`);
  const { code, warnings } = transform({ filename: "danshu.css", code: Buffer.from(parts.join("\n")), minify: true, targets: TARGETS });
  for (const warning of warnings) console.warn("css:", warning.message, warning.loc);
  writeFileSync(join(OUT, "danshu.css"), code);
  return code.length;
}

async function js() {
  const names = readdirSync(join(HERE, "js")).filter((name) => /^ds-[a-z-]+\.js$/.test(name)).sort();
  const entry = names.map((name) => `import "./js/${name}";`).join("\n");
  const { metafile } = await build({
    stdin: { contents: entry, resolveDir: HERE, sourcefile: "danshu.js" },
    bundle: true, minify: true, format: "iife", target: JS_TARGETS, outfile: join(OUT, "danshu.js"), metafile: true, logLevel: "warning",
  });
  return Object.values(metafile.outputs)[0].bytes;
}

// The icons in use: `{% icon "x" %}` and `icon="x"` in templates, strings that name an icon in the pages' Python, and icons.txt for the rest.
function icons() {
  const have = (name) => existsSync(join(MODULES, "@tabler", "icons", "icons", "outline", `${name}.svg`));
  const asked = new Set(readFileSync(join(HERE, "icons.txt"), "utf8").split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("#")));
  const where = new Map();
  for (const path of walk(SOURCE, ".html")) {
    const text = readFileSync(path, "utf8");
    for (const [, name] of text.matchAll(/(?:\{%\s*icon\s+|icon=)["']([a-z0-9-]+)["']/g)) { asked.add(name); where.set(name, relative(ROOT, path)); }
  }
  const maybe = new Set();
  for (const path of walk(SOURCE, ".py")) {
    if (path.includes("/tests/")) continue;
    const text = readFileSync(path, "utf8");
    for (const [, name] of text.matchAll(/icon["']?\s*[=:]\s*["']([a-z0-9-]+)["']/g)) { asked.add(name); where.set(name, relative(ROOT, path)); }
    // An icon may stand in a table of a page's module: take every string there that is an icon's name. A few too many cost little.
    if (/\/(web|insights)\//.test(path)) for (const [, name] of text.matchAll(/["']([a-z0-9-]{3,})["']/g)) maybe.add(name);
  }
  for (const name of maybe) if (have(name)) asked.add(name);
  const missing = [...asked].filter((name) => !have(name));
  if (missing.length) console.error(`icons: no such Tabler icon: ${missing.map((name) => `${name} (${where.get(name) ?? "icons.txt"})`).join(", ")}`);
  const symbols = [...asked].filter(have).sort().map((name) => {
    const svg = readFileSync(join(MODULES, "@tabler", "icons", "icons", "outline", `${name}.svg`), "utf8");
    const body = svg.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s+/g, " ").replace(/> </g, "><").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
  });
  writeFileSync(join(OUT, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
  if (missing.length) process.exitCode = 1;
  return symbols.length;
}

function copies() {
  // Without their pointer to a source map: the static storage would look for that file.
  for (const [from, to] of [["htmx.org/dist/htmx.min.js", "htmx.js"], ["sortablejs/Sortable.min.js", "sortable.js"]])
    writeFileSync(join(OUT, to), readFileSync(join(MODULES, from), "utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));
  cpSync(join(MODULES, "@fontsource-variable", "inter", "files", "inter-latin-wght-normal.woff2"), join(OUT, "inter-latin.woff2"));
  for (const name of readdirSync(join(HERE, "pictures"))) cpSync(join(HERE, "pictures", name), join(OUT, name));
}

async function all() {
  mkdirSync(OUT, { recursive: true });
  copies();
  console.log(`css ${css()} B, js ${await js()} B, ${icons()} icons → ${relative(ROOT, OUT)}`);
}

await all();
if (process.argv.includes("--watch")) {
  let waiting;
  const again = () => { clearTimeout(waiting); waiting = setTimeout(() => all().catch((error) => console.error(error.message)), 120); };
  for (const folder of [join(HERE, "css"), join(HERE, "js"), join(SOURCE, "web")]) watch(folder, { recursive: true }, again);
}
