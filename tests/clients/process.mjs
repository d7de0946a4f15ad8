// Runs the program of a client that is a command.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs a program, and ends it after 80 s.
 *
 * @param options `cwd`, `env` beyond this process's own, `input` for its standard input, and `until`, a pattern of its
 *   output at which it is ended
 * @returns its exit code (null if it was ended) and all that it has printed
 */
export function run(program, args, { cwd, env, input = '', until } = {}) {
  return new Promise((resolve, reject) => {
    // Some programs believe PWD rather than the system.
    const child = spawn(program, args, { cwd, env: { ...process.env, ...(cwd && { PWD: cwd }), ...env } });
    let out = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${program} did not end within 80 s; it has printed: ${out.slice(-300)}`));
    }, 80_000);
    const take = (bytes) => {
      out += bytes;
      if (until?.test(out)) child.kill();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => (clearTimeout(timer), reject(error)));
    child.on('close', (code) => (clearTimeout(timer), resolve({ code, out })));
    child.stdin.on('error', () => {});
    if (until === undefined || input) child.stdin.end(input);
  });
}

/** Calls `use` with an empty folder that is deleted afterwards. */
export async function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'rill-client-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
