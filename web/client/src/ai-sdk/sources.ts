import type { UIMessageChunk } from "ai";
import { type JsonObject, textOf } from "./json.js";
import { openaiMetadata } from "./metadata.js";

/** Encodes an annotation of a text. Annotations of unknown types give no chunk. */
export function sourceChunks(annotation: JsonObject, sourceId: string): UIMessageChunk[] {
  switch (annotation.type) {
    case "url_citation":
      return [
        {
          type: "source-url",
          sourceId,
          url: textOf(annotation.url),
          ...(typeof annotation.title === "string" && { title: annotation.title }),
        },
      ];
    case "file_citation":
    case "container_file_citation":
    case "file_path":
      return [documentChunk(annotation, annotation.type, sourceId)];
    default:
      return [];
  }
}

function documentChunk(annotation: JsonObject, type: string, sourceId: string): UIMessageChunk {
  const fileId = textOf(annotation.file_id);
  const filename = textOf(annotation.filename);
  return {
    type: "source-document",
    sourceId,
    mediaType: "text/plain",
    title: filename || fileId,
    ...(filename && { filename }),
    ...openaiMetadata({ type, fileId }),
  };
}
