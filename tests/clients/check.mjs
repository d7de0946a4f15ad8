// What the scripts of JavaScript clients share: the stack's addresses, and a function that tries things one after the other.
import assert from 'node:assert/strict';

export { assert };

/** Base URL of OpenAI's API on the stack, such as http://localhost:3000/v1. */
export const baseURL = `${process.env.RILL_URL ?? 'http://localhost:3000'}/v1`;

/** URL of the stack's WebSocket API. */
export const socketURL = process.env.RILL_SOCKET ?? 'ws://localhost:3000';

/** A key of the stack; a stack that takes no keys ignores it. */
export const apiKey = process.env.RILL_API_KEY || 'none';

/** The model that the stack's requests name. */
export const model = process.env.RILL_MODEL ?? 'simulated';

/** Milliseconds in which each thing must be done. */
const LIMIT = 90_000;

/** The functions of the agent loops: the simulated model calls those whose names are in the prompt, once each. */
export const parameters = {
  type: 'object',
  properties: { river: { type: 'string' } },
  required: ['river'],
  additionalProperties: false,
};

/** What the functions answer, by name. */
export const rivers = {
  river_length: () => '1230 km',
  river_depth: () => '9 m',
  river_source: () => 'Lake Toma',
};

/** A prompt at which the simulated model calls the three functions. */
export const riverPrompt = 'Ask river_length, river_depth and river_source, then tell me of the Rhine.';

/** The names of the functions, sorted. */
export const everyFunction = Object.keys(rivers).sort();

/** The functions as tools of the Responses API. */
export const responsesTools = everyFunction.map((name) => ({ type: 'function', name, parameters, strict: true }));

/**
 * Runs an agent loop by the Responses API until the model calls no more functions, six rounds at most.
 *
 * @param ask sends a request with these fields, and gives the response
 * @param next gives the fields of the next request, from those of the last one, its response and the calls' outputs
 * @returns the last response, the last request's fields, and the names of the called functions, sorted
 */
export async function agentLoop(ask, next) {
  const calls = [];
  let fields = { input: [{ role: 'user', content: riverPrompt }] };
  for (let round = 0; round < 6; round++) {
    const response = await ask(fields);
    const wanted = response.output.filter((item) => item.type === 'function_call');
    if (wanted.length === 0) return { response, fields, calls: calls.sort() };
    const outputs = wanted.map((call) => {
      assert.equal(typeof JSON.parse(call.arguments).river, 'string');
      calls.push(call.name);
      return { type: 'function_call_output', call_id: call.call_id, output: rivers[call.name]() };
    });
    fields = next(fields, response, outputs);
  }
  throw new Error('the loop did not end after six rounds');
}

/** How many reasoning items of a request are encrypted. */
export function encryptedReasoning(input) {
  return input.filter((item) => item.type === 'reasoning' && item.encrypted_content).length;
}

/**
 * Tries each thing and prints one line for it: `ok - NAME` or `FAILED - NAME: WHY`. A thing may return a note, which is
 * printed behind its name. Ends the process with 0 if all went well, else with 1.
 */
export async function attempt(things) {
  let failed = false;
  for (const [name, thing] of Object.entries(things)) {
    try {
      const note = await withLimit(thing());
      console.log(`ok - ${name}${typeof note === 'string' ? ` (${note})` : ''}`);
    } catch (error) {
      failed = true;
      console.log(`FAILED - ${name}: ${String(error?.message ?? error).replace(/\s+/g, ' ').slice(0, 400)}`);
      if (process.env.RILL_DEBUG) console.error(error);
    }
  }
  process.exit(failed ? 1 : 0);
}

function withLimit(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${LIMIT / 1000} s`)), LIMIT);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What `promise` is rejected with; fails if it is not. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it succeeded, and an error was expected');
}
