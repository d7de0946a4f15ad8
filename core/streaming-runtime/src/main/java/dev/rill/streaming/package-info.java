/**
 * A Java runtime for Lambda response streaming: it gets events from Lambda's Runtime API, passes them to one
 * {@link dev.rill.streaming.StreamingHandler}, and sends what the handler writes while it writes. Programs start with
 * {@link dev.rill.streaming.StreamingRuntime}.
 */
@NullMarked
package dev.rill.streaming;

import org.jspecify.annotations.NullMarked;
