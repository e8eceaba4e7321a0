// Reads blocks of glyphs with the library that MapLibre reads them with: node tests/glyphs.mjs URL
import assert from "node:assert/strict";
import Pbf from "pbf";

const fonts = ["Roboto Regular", "Roboto Bold", "Roboto Italic", "Roboto Condensed Regular", "Roboto Condensed Bold", "Roboto Condensed Italic"];
const BORDER = 3;

/** The glyphs of a block by code point. */
function read(bytes) {
  const block = { glyphs: new Map() };
  const glyph = (tag, one, pbf) => {
    if (tag === 1) one.id = pbf.readVarint();
    else if (tag === 2) one.picture = pbf.readBytes();
    else if (tag === 3) one.width = pbf.readVarint();
    else if (tag === 4) one.height = pbf.readVarint();
    else if (tag === 5) one.left = pbf.readSVarint();
    else if (tag === 6) one.top = pbf.readSVarint();
    else if (tag === 7) one.advance = pbf.readVarint();
    else assert.fail(`field ${tag} of a glyph`);
  };
  const stack = (tag, block, pbf) => {
    if (tag === 1) block.font = pbf.readString();
    else if (tag === 2) block.range = pbf.readString();
    else if (tag === 3) {
      const one = pbf.readMessage(glyph, {});
      block.glyphs.set(one.id, one);
    } else assert.fail(`field ${tag} of a stack`);
  };
  new Pbf(bytes).readFields((tag, block, pbf) => (assert.equal(tag, 1), pbf.readMessage(stack, block)), block);
  return block;
}

let seen = 0;
for (const font of fonts) {
  for (const start of [0, 256, 512, 8192]) {
    const range = `${start}-${start + 255}`;
    const answer = await fetch(`${process.argv[2]}/glyphs/${encodeURIComponent(font)}/${range}.pbf`);
    assert.equal(answer.headers.get("content-type"), "application/x-protobuf");
    const block = read(new Uint8Array(await answer.arrayBuffer()));
    assert.deepEqual([block.font, block.range], [font, range]);
    for (const one of block.glyphs.values()) {
      assert.ok(one.id >= start && one.id < start + 256, `${one.id} in ${range}`);
      if (one.picture) assert.equal(one.picture.length, (one.width + 2 * BORDER) * (one.height + 2 * BORDER), `${font} ${one.id}`);
      assert.ok(one.width < 40 && one.height < 40 && Math.abs(one.left) < 25 && one.top > -41 && one.top < 25, `${font} ${JSON.stringify(one)}`);
    }
    for (const letter of "éèçÀaZ09()-œɛɔɲŋ’–") {
      const code = letter.codePointAt(0);
      if (code < start || code > start + 255) continue;
      const one = block.glyphs.get(code);
      assert.ok(one, `${font} has no ${letter}`);
      // Ink: at least a pixel is inside the outline.
      assert.ok(one.advance > 2 && one.picture.some((d) => d > 192), `${font} ${letter}`);
      seen += 1;
    }
  }
}
assert.equal(seen, fonts.length * 18);
