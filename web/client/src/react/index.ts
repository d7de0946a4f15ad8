export { type AnswerSnapshot, useAnswer } from "./use-answer.js";
export { useRill } from "./use-rill.js";
