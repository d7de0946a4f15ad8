export type { ChatStorage } from "./records.js";
export { type ChatBody, RillChatTransport, type RillChatTransportOptions } from "./transport.js";
