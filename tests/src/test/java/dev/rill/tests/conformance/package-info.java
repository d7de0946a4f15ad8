/** What every event and object on the wire must be: the published schema's, and what OpenAI's client for Java takes. */
@org.jspecify.annotations.NullMarked
package dev.rill.tests.conformance;
