// The Node peer of bin/bench seal: pdf-lib and @signpdf sign the same document; prints the median in milliseconds.
// node seal_peer.mjs NODE_MODULES FILE.pdf KEY.p12 PASSWORD ROUNDS
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [, , modules, file, key, password, rounds] = process.argv;
const load = createRequire(`${modules}/`);
const { PDFDocument } = load("pdf-lib");
const { pdflibAddPlaceholder } = load("@signpdf/placeholder-pdf-lib");
const { SignPdf } = load("@signpdf/signpdf");
const { P12Signer } = load("@signpdf/signer-p12");

const pdf = readFileSync(file);
const held = readFileSync(key);

async function seal() {
  const opened = await PDFDocument.load(pdf);
  pdflibAddPlaceholder({
    pdfDoc: opened, reason: "Sealed", contactInfo: "", name: "Atelier", location: "", signatureLength: 16384,
  });
  const placed = await opened.save({ useObjectStreams: false });
  // The signer wipes the bytes it was given, so each round gets its own.
  const signer = new P12Signer(Buffer.from(held), { passphrase: password });
  return new SignPdf().sign(Buffer.from(placed), signer);
}

await seal();
const took = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const started = performance.now();
  await seal();
  took.push(performance.now() - started);
}
took.sort((one, other) => one - other);
console.log(took[Math.floor(took.length / 2)]);
