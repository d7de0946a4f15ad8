/**
 * What a server of Open Responses must do: the ten cases over HTTP and the seven over a WebSocket that the standard's
 * own compliance suite had in July 2026. They are written from the standard's text and schema, version 2026-04-24, with
 * requests of their own; no code of the suite is in them. The standard, its schema and the suite are published by the
 * Open Responses project, whose {@code package.json} names the ISC licence.
 *
 * @see <a href="https://www.openresponses.org/specification">Open Responses, specification</a>
 * @see <a href="https://www.openresponses.org/compliance">Open Responses, compliance</a>
 */
@org.jspecify.annotations.NullMarked
package dev.rill.tests.compliance;
