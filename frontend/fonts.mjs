// Puts the two faces that papers (PDF) are set in into src/danshu/static/fonts/. Pages never load them.
import { cpSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FROM = join(ROOT, "node_modules", "@expo-google-fonts", "noto-sans-sc");
const TO = join(ROOT, "src", "danshu", "static", "fonts");

mkdirSync(TO, { recursive: true });
for (const [folder, face] of [["400Regular", "Regular"], ["700Bold", "Bold"]])
  cpSync(join(FROM, folder, `NotoSansSC_${folder}.ttf`), join(TO, `NotoSansSC-${face}.ttf`));
