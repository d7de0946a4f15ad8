/** How an answer travels: events on a WebSocket, or server-sent events over HTTP. */
export type Transport = "websocket" | "http";

/** A part of a message's content. Parts of other types are passed on as they are. */
export type InputPart =
  | { type: "input_text"; text: string }
  | { type: "input_image"; image_url?: string; detail?: "low" | "high" | "auto"; [field: string]: unknown }
  | { type: "input_file"; filename?: string; file_data?: string; file_url?: string; [field: string]: unknown }
  | { type: "output_text"; text: string; [field: string]: unknown }
  | { type: "refusal"; refusal: string };

/** A message of a conversation. */
export interface InputMessage {
  type?: "message";
  id?: string;
  role: "user" | "assistant" | "system" | "developer";
  content: string | InputPart[];
  status?: string;
}

/** The result of a function that the model has called. */
export interface FunctionCallOutput {
  type: "function_call_output";
  call_id: string;
  output: string | InputPart[];
}

/** An entry of `input`: a message, a call with its output, a reference, or an output item of an earlier response. */
export type InputItem =
  | InputMessage
  | FunctionCallOutput
  | { type: "item_reference"; id: string }
  | OutputItem
  | { type: string; [field: string]: unknown };

/** A function that the model may call, or a tool of another type. */
export type Tool =
  | {
      type: "function";
      name: string;
      description?: string;
      parameters?: Record<string, unknown> | null;
      strict?: boolean | null;
    }
  | { type: string; [field: string]: unknown };

/**
 * The body of `POST /v1/responses`. The client sets `stream` itself. A request with `background: true` is sent over
 * HTTP, since a socket refuses it.
 */
export interface ResponseRequest {
  input?: string | InputItem[];
  model?: string;
  instructions?: string | null;
  previous_response_id?: string | null;
  tools?: Tool[];
  tool_choice?: "none" | "auto" | "required" | Record<string, unknown>;
  parallel_tool_calls?: boolean;
  reasoning?: { effort?: string | null; summary?: string | null; [field: string]: unknown } | null;
  text?: { format?: Record<string, unknown>; verbosity?: string | null; [field: string]: unknown };
  max_output_tokens?: number | null;
  max_tool_calls?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  presence_penalty?: number | null;
  frequency_penalty?: number | null;
  top_logprobs?: number | null;
  truncation?: string | null;
  include?: string[];
  metadata?: Record<string, string> | null;
  store?: boolean;
  background?: boolean;
  service_tier?: string | null;
  safety_identifier?: string | null;
  prompt_cache_key?: string | null;
  /** Fields that a model's server knows beyond Open Responses. */
  [field: string]: unknown;
}

/** A source that a text names. */
export type Annotation =
  | { type: "url_citation"; url: string; title?: string; start_index: number; end_index: number }
  | { type: string; [field: string]: unknown };

/** A part of an output message. */
export type OutputPart =
  | { type: "output_text"; text: string; annotations: Annotation[]; logprobs?: unknown[] }
  | { type: "refusal"; refusal: string }
  | { type: "reasoning_text"; text: string };

export interface OutputMessage {
  type: "message";
  id: string;
  role: "assistant";
  status: string;
  content: OutputPart[];
}

export interface FunctionCall {
  type: "function_call";
  id: string;
  call_id: string;
  name: string;
  arguments: string;
  status: string;
}

export interface ReasoningItem {
  type: "reasoning";
  id: string;
  summary: { type: "summary_text"; text: string }[];
  content?: { type: string; text: string }[];
  encrypted_content?: string | null;
  status?: string;
}

/** An item of a type that is not declared here. */
export interface OtherItem {
  type: Undeclared;
  id?: string;
  [field: string]: unknown;
}

/** An entry of a response's `output`. */
export type OutputItem = OutputMessage | FunctionCall | ReasoningItem | OtherItem;

/** What a response has used, in tokens. */
export interface Usage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number; [field: string]: unknown };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number; [field: string]: unknown };
  total_tokens: number;
}

export type ResponseStatus = "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";

/** The response object of Open Responses. */
export interface Response {
  id: string;
  object: "response";
  status: ResponseStatus;
  created_at: number;
  completed_at: number | null;
  model: string;
  output: OutputItem[];
  usage: Usage | null;
  error: {
    code: string;
    message: string;
    "rill:details"?: { status?: number; param?: string; retry_after?: number };
  } | null;
  incomplete_details: { reason: string } | null;
  previous_response_id?: string | null;
  instructions?: unknown;
  metadata?: Record<string, string> | null;
  store?: boolean;
  background?: boolean;
  [field: string]: unknown;
}

/**
 * Any string that no other member of a union declares as its `type`. At run time it is a string like the others; as an
 * enum it is kept apart from them, so that `switch (event.type)` narrows the union.
 */
export declare enum Undeclared {
  type = "",
}

interface Numbered {
  /** Counts from 0 in each response, without a gap. */
  sequence_number: number;
}

interface OfItem extends Numbered {
  output_index: number;
  item_id: string;
}

interface OfPart extends OfItem {
  content_index: number;
}

interface OfSummary extends OfItem {
  summary_index: number;
}

/** The state of the whole response has changed. The last four types but `in_progress` are terminal. */
export interface ResponseStateEvent extends Numbered {
  type:
    | "response.created"
    | "response.queued"
    | "response.in_progress"
    | "response.completed"
    | "response.incomplete"
    | "response.failed"
    | "response.cancelled";
  response: Response;
}

export interface OutputItemEvent extends Numbered {
  type: "response.output_item.added" | "response.output_item.done";
  output_index: number;
  item: OutputItem;
}

export interface ContentPartEvent extends OfPart {
  type: "response.content_part.added" | "response.content_part.done";
  part: OutputPart;
}

export interface TextDeltaEvent extends OfPart {
  type: "response.output_text.delta";
  delta: string;
  logprobs?: unknown[];
}

export interface TextDoneEvent extends OfPart {
  type: "response.output_text.done";
  text: string;
  logprobs?: unknown[];
}

export interface AnnotationEvent extends OfPart {
  type: "response.output_text.annotation.added";
  annotation_index: number;
  annotation: Annotation | null;
}

export interface RefusalDeltaEvent extends OfPart {
  type: "response.refusal.delta";
  delta: string;
}

export interface RefusalDoneEvent extends OfPart {
  type: "response.refusal.done";
  refusal: string;
}

export interface ReasoningDeltaEvent extends OfPart {
  type: "response.reasoning.delta" | "response.reasoning_text.delta";
  delta: string;
}

export interface ReasoningDoneEvent extends OfPart {
  type: "response.reasoning.done" | "response.reasoning_text.done";
  text: string;
}

export interface ReasoningSummaryPartEvent extends OfSummary {
  type: "response.reasoning_summary_part.added" | "response.reasoning_summary_part.done";
  part: { type: "summary_text"; text: string };
}

export interface ReasoningSummaryDeltaEvent extends OfSummary {
  type: "response.reasoning_summary_text.delta";
  delta: string;
}

export interface ReasoningSummaryDoneEvent extends OfSummary {
  type: "response.reasoning_summary_text.done";
  text: string;
}

export interface FunctionArgumentsDeltaEvent extends OfItem {
  type: "response.function_call_arguments.delta";
  delta: string;
}

export interface FunctionArgumentsDoneEvent extends OfItem {
  type: "response.function_call_arguments.done";
  arguments: string;
  name?: string;
}

/** The worker of an earlier attempt has crashed: forget the output so far. */
export interface RestartedEvent extends Numbered {
  type: "rill:response.restarted";
  attempt: number;
}

/** An event of a type that is not declared here. */
export interface OtherEvent extends Numbered {
  type: Undeclared;
  [field: string]: unknown;
}

/** An event of a response: those of Open Responses, Rill's own, and whatever else the model sends. */
export type ResponseEvent =
  | ResponseStateEvent
  | OutputItemEvent
  | ContentPartEvent
  | TextDeltaEvent
  | TextDoneEvent
  | AnnotationEvent
  | RefusalDeltaEvent
  | RefusalDoneEvent
  | ReasoningDeltaEvent
  | ReasoningDoneEvent
  | ReasoningSummaryPartEvent
  | ReasoningSummaryDeltaEvent
  | ReasoningSummaryDoneEvent
  | FunctionArgumentsDeltaEvent
  | FunctionArgumentsDoneEvent
  | RestartedEvent
  | OtherEvent;
