/** Texts of a given length that models might write, the same ones in every run. */

const words =
  "the light of a star that reaches us was sent long ago and carries what we know of it in lines dark and bright".split(
    " ",
  );

function sentence(seed) {
  const length = 6 + (seed % 9);
  const picked = Array.from({ length }, (_, index) => words[(seed * 7 + index * 5) % words.length]);
  return `${picked.join(" ").replace(/^./, (first) => first.toUpperCase())}.`;
}

function paragraph(seed) {
  const sentences = Array.from({ length: 3 + (seed % 4) }, (_, index) => sentence(seed + index));
  sentences[1] = `**${sentences[1]}**`;
  sentences.push(`See [the source](https://example.org/${seed}) and \`value_${seed}\`.`);
  return sentences.join(" ");
}

function section(seed) {
  return [
    `## Part ${seed}`,
    paragraph(seed),
    ["- ", "- ", "- "].map((mark, index) => mark + sentence(seed + index)).join("\n"),
    `| Name | Value |\n|---|---:|\n| a${seed} | ${seed} |\n| b | \`${seed * 2}\` |`,
    `\`\`\`ts\nexport function f${seed}(a: number): string {\n  // ${sentence(seed)}\n  return \`\${a}\` + "x".repeat(${seed});\n}\n\`\`\``,
    `> ${sentence(seed)}`,
    paragraph(seed + 1),
  ].join("\n\n");
}

function repeat(length, make) {
  const parts = [];
  for (let total = 0, seed = 1; total < length; seed++) {
    const part = make(seed);
    parts.push(part);
    total += part.length;
  }
  return parts.join("").slice(0, length);
}

const closed = (text) => `${text}\n\nThis is the end of it all.`;

export function lines(count) {
  const all = repeat(count * 90, (seed) => `${section(seed)}\n\n`).split("\n");
  return closed(all.slice(0, count).join("\n"));
}

export const texts = {
  mixed: (length) => closed(repeat(length, (seed) => `${section(seed)}\n\n`)),
  paragraph: (length) => `${repeat(length, (seed) => `${sentence(seed)} `)}This is the end of it all.`,
  word: (length) => `${"abcdefghij".repeat(length / 10)} This is the end of it all.`,
  code: (length) =>
    closed(
      `\`\`\`ts\n${repeat(length, (seed) => `  const value${seed} = compute("${sentence(seed)}", ${seed}); // note\n`)}\n\`\`\``,
    ),
  "line of code": (length) =>
    closed(`\`\`\`json\n${repeat(length, (seed) => `{"id":${seed},"text":"${sentence(seed)}"},`)}\n\`\`\``),
  list: (length) => closed(repeat(length, (seed) => `${seed}. ${sentence(seed)}\n`)),
  table: (length) => closed(`| A | B |\n|---|---|\n${repeat(length, (seed) => `| ${seed} | ${sentence(seed)} |\n`)}`),
  quote: (length) => closed(repeat(length, (seed) => `> ${sentence(seed)}\n`)),
};
