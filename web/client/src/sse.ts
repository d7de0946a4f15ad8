/**
 * Reads server-sent events: takes pieces of text cut anywhere, and returns the data of each event that is complete, and
 * undefined for each comment line.
 * Fields other than `data` are skipped, since Rill's data repeats them.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseParser {
  #line = "";
  #data: string[] = [];
  #afterCr = false;

  /** @param text the next piece, decoded */
  push(text: string): (string | undefined)[] {
    const events: (string | undefined)[] = [];
    // A CR that ended the piece before has ended its line; an LF that follows it belongs to the same line end.
    let start = this.#afterCr && text.startsWith("\n") ? 1 : 0;
    if (text !== "") {
      this.#afterCr = text.endsWith("\r");
    }
    const lineEnd = /\r\n|\r|\n/g;
    lineEnd.lastIndex = start;
    for (let match = lineEnd.exec(text); match; match = lineEnd.exec(text)) {
      this.#endLine(this.#line + text.slice(start, match.index), events);
      this.#line = "";
      start = lineEnd.lastIndex;
    }
    this.#line += text.slice(start);
    return events;
  }

  #endLine(line: string, events: (string | undefined)[]): void {
    if (line === "") {
      if (this.#data.length > 0) {
        events.push(this.#data.join("\n"));
        this.#data = [];
      }
    } else if (line.startsWith("data:")) {
      this.#data.push(line.slice(line[5] === " " ? 6 : 5));
    } else if (line === "data") {
      this.#data.push("");
    } else if (line.startsWith(":")) {
      events.push(undefined);
    }
  }
}
