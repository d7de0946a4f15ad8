/**
 * A Java runtime for Lambda response streaming: it asks Lambda's Runtime API for events, hands them to one
 * {@link dev.rill.streaming.StreamingHandler}, and sends what the handler writes while it writes it.
 * {@link dev.rill.streaming.StreamingRuntime} is where a program starts.
 */
@NullMarked
package dev.rill.streaming;

import org.jspecify.annotations.NullMarked;
