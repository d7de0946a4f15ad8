import { RillError } from "../error.js";
import { isObject, type JsonObject } from "./json.js";

/**
 * A value of a page's request and its path, such as `messages[0].parts[1]`. A value that is null counts as missing. The
 * methods that expect a type throw a {@link RillError} with the codes of the server.
 */
export class Field {
  constructor(
    readonly path: string,
    readonly value: unknown,
  ) {}

  static root(body: JsonObject, name: string): Field {
    return new Field(name, body[name]);
  }

  member(name: string): Field {
    return new Field(`${this.path}.${name}`, isObject(this.value) ? this.value[name] : undefined);
  }

  elements(): Field[] {
    return this.array().map((element, index) => new Field(`${this.path}[${index}]`, element));
  }

  get isPresent(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  text(): string {
    return this.#require("a string", (value) => typeof value === "string");
  }

  optionalText(): string | undefined {
    return this.isPresent ? this.text() : undefined;
  }

  flag(): boolean {
    return this.isPresent && this.#require("a boolean", (value) => typeof value === "boolean");
  }

  array(): readonly unknown[] {
    return this.#require("an array", (value) => Array.isArray(value));
  }

  object(): JsonObject {
    return this.#require("an object", isObject);
  }

  /** Returns this value as a member of an object, to be spread into another one; an empty object if it is missing. */
  as(name: string): JsonObject {
    return this.isPresent ? { [name]: this.value } : {};
  }

  unsupported(why: string): RillError {
    return this.#refused("unsupported_parameter", `Unsupported parameter: '${this.path}'. ${why}`);
  }

  invalid(rule: string): RillError {
    return this.#refused("invalid_value", `Invalid value for '${this.path}': ${rule}.`);
  }

  #require<T>(expected: string, is: (value: unknown) => value is T): T {
    if (!this.isPresent) {
      throw this.#refused("missing_required_parameter", `Missing required parameter: '${this.path}'.`);
    }
    if (!is(this.value)) {
      throw this.#refused("invalid_type", `Invalid type for '${this.path}': expected ${expected}.`);
    }
    return this.value;
  }

  #refused(code: string, message: string): RillError {
    return new RillError(code, message, { type: "invalid_request_error", status: 400, param: this.path });
  }
}
