// Draws avatars with the libraries beside this file: node avatars.mjs KIND OUT COUNT
// KIND is a DiceBear style's package name, "facesjs" or "@bigheads/core". The same call draws the
// same files: OUT/0000.svg and on.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [kind, out, count] = process.argv.slice(2);

// mulberry32. facesjs draws from Math.random alone, so a seed must go in there.
let state = 1;
Math.random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const pick = (values) => values[Math.floor(Math.random() * values.length)];

async function drawer() {
  if (kind === "facesjs") {
    const { generate, faceToSvgString } = await import("facesjs");
    return () => faceToSvgString(generate());
  }
  if (kind === "@bigheads/core") {
    const require = createRequire(import.meta.url);
    const { createElement } = require("react");
    const { renderToStaticMarkup } = require("react-dom/server");
    const big = require("@bigheads/core");
    const { skin, hair, clothing, lipColors } = big.theme.colors;
    const parts = {
      accessory: big.accessoryMap, body: big.bodyMap, clothing: big.clothingMap,
      eyebrows: big.eyebrowsMap, eyes: big.eyesMap, facialHair: big.facialHairMap,
      hair: big.hairMap, hat: big.hatMap, mouth: big.mouthsMap, skinTone: skin, hairColor: hair,
      clothingColor: clothing, hatColor: clothing, lipColor: lipColors,
    };
    return () => {
      // The shirts' graphics are other people's logos.
      const options = { mask: false, faceMask: false, graphic: "none" };
      for (const [part, values] of Object.entries(parts)) options[part] = pick(Object.keys(values));
      return renderToStaticMarkup(createElement(big.BigHead, options));
    };
  }
  const { createAvatar } = await import("@dicebear/core");
  const style = await import(kind);
  // Some styles would stand on a coloured square.
  const backgroundColor = ["transparent"];
  return (number) => createAvatar(style, { seed: `guide ${number}`, backgroundColor }).toString();
}

const draw = await drawer();
for (let number = 0; number < Number(count); number++) {
  writeFileSync(join(out, `${String(number).padStart(4, "0")}.svg`), draw(number));
}
