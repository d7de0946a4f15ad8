import type { Words } from "../words/index.js";

export interface Example {
  readonly label: string;
  readonly prompt: string;
}

/** Questions for any model. */
export function questions(words: Words): readonly Example[] {
  const { rivers, sky, poem } = words.examples;
  return [rivers, sky, poem].map((prompt) => ({ label: prompt, prompt }));
}

/** What the simulated model can do: its commands, each with a question. */
export function commands(words: Words): readonly Example[] {
  const { examples } = words;
  return [
    { label: examples.markdown, prompt: `/echo ${markdownSample(words)}` },
    { label: examples.slow, prompt: `/slow 4 ${examples.sky}` },
    { label: examples.slowStart, prompt: `/delay 4000 ${examples.rivers}` },
    { label: examples.count, prompt: "/count 400" },
    { label: examples.reason, prompt: `/reason ${examples.sky}` },
    { label: examples.tool, prompt: `/tool get_weather ${examples.rivers}` },
    { label: examples.busy, prompt: `/fail 429 after=2 times=1 ${examples.rivers}` },
    { label: examples.failed, prompt: `/failed 25 ${examples.sky}` },
    { label: examples.refuse, prompt: `/refuse ${examples.sky}` },
    { label: examples.large, prompt: "/large 100" },
    { label: examples.help, prompt: "/help" },
  ];
}

function markdownSample(words: Words): string {
  const { heading, river, length, sea, list, code } = words.markdownSample;
  return [
    `## ${heading}`,
    "",
    `| ${river} | ${length} | ${sea} |`,
    "|---|---:|---|",
    "| Nile | 6,650 km | Mediterranean |",
    "| Amazon | 6,400 km | Atlantic |",
    "| Shinano | 367 km | Sea of Japan |",
    "",
    ...list.map((item, index) => `${index + 1}. ${item}`),
    "",
    "```js",
    'const rivers = [{ name: "Nile" }, { name: "Amazon" }];',
    code,
    "```",
  ].join("\n");
}
