export type { Answer, AnswerStatus } from "./answer.js";
export type { ConnectionState } from "./connection.js";
export { RillError, type RillErrorDetails } from "./error.js";
export type { TokenSource } from "./http.js";
export type { Clock, Signal, SocketLike, Surroundings, WebSocketConstructor } from "./platform.js";
export { type AnswerOptions, type AskOptions, type ResumeOptions, Rill, type RillOptions } from "./rill.js";
export type { SocketAuthentication } from "./socket.js";
export type * from "./types.js";
