import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HOME = fileURLToPath(new URL("../..", import.meta.url));
const ZIPS = ["connect-fn", "message-fn", "stream-fn", "worker-fn"].map((name) => `${HOME}${name}/target/${name}.zip`);

/** Why no stack can be started; undefined if one can. */
export function missing(): string | undefined {
  return ZIPS.every((zip) => existsSync(zip)) ? undefined : "the functions are not built: run `./rill up` once";
}

interface StackFile {
  addresses: Record<string, string>;
  processes: { name: string; pid: number }[];
}

/** The whole of Rill on this machine, in processes of its own. */
export class Stack {
  readonly #process: ChildProcess;
  readonly #work: string;
  #output = "";

  private constructor(options: string[]) {
    this.#work = mkdtempSync(join(tmpdir(), "rill-stack-"));
    const args = ["up", "--faults", "--model", "simulated", "--log", "quiet", "--work", this.#work, ...options];
    this.#process = spawn("./rill", args, { cwd: HOME, stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Starts a stack, and resolves when it is ready. */
  static async start(...options: string[]): Promise<Stack> {
    const stack = new Stack(options);
    try {
      await stack.#ready();
    } catch (error) {
      await stack.stop();
      throw error;
    }
    return stack;
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const read = (text: Buffer) => {
        this.#output += text;
        if (/^ready/m.test(this.#output)) {
          resolve();
        }
      };
      this.#process.stdout?.on("data", read);
      this.#process.stderr?.on("data", read);
      this.#process.on("exit", (code) => reject(new Error(`./rill up has ended with ${code}:\n${this.#output}`)));
    });
  }

  get #file(): StackFile {
    return JSON.parse(readFileSync(join(this.#work, "stack.json"), "utf8"));
  }

  /** The base URL. */
  get url(): string {
    return new URL("/v1", this.#address("HTTP")).href;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** The first API key, where keys are needed. */
  get key(): string {
    const [, key] = /Bearer (rill_[\w-]+)/.exec(this.#output) ?? [];
    return key ?? "";
  }

  /** Replaces the plan of faults. */
  async injects(plan: object): Promise<void> {
    await this.#faults("PUT", "/faults", plan);
  }

  /** The faults that were injected since the last {@link injects}, in JSON. */
  async counts(): Promise<string> {
    return this.#faults("GET", "/counts");
  }

  /** Sends a signal to the processes of a function, or to these; returns them. */
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT", processes: string | number[]): number[] {
    const pids = typeof processes === "string" ? this.#pids(processes) : processes;
    return pids.filter((pid) => {
      try {
        return process.kill(pid, signal);
      } catch {
        return false; // It has ended.
      }
    });
  }

  #pids(name: string): number[] {
    return this.#file.processes.filter((entry) => entry.name === name).map(({ pid }) => pid);
  }

  async stop(): Promise<void> {
    this.#process.removeAllListeners("exit");
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((resolve) => this.#process.on("exit", resolve));
      this.#process.kill("SIGTERM");
      await ended;
    }
    rmSync(this.#work, { recursive: true, force: true });
  }

  #address(name: string): string {
    const address = this.#file.addresses[name];
    if (!address) {
      throw new Error(`stack.json has no address of ${name}`);
    }
    return address;
  }

  async #faults(method: string, path: string, plan?: object): Promise<string> {
    const init = plan ? { method, body: JSON.stringify(plan) } : { method };
    const response = await fetch(new URL(path, this.#address("faults")), init);
    const text = await response.text();
    if (!response.ok) {
      throw new Error(text);
    }
    return text;
  }
}
