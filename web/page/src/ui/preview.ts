import { plainText } from "../announce/plain-text.js";

/** Characters of a question that are looked at */
const mostCharacters = 600;

/** The first words of a question, to know it by: without empty lines and Markdown's marks. */
export function preview(question: string): string {
  const lines = question.slice(0, mostCharacters).split("\n").map(plainText);
  return lines.filter((line) => line !== "").join("\n");
}
