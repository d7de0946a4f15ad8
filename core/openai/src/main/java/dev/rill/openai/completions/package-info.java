/**
 * The translation between the Responses API, in which Rill asks a model, and Chat Completions, which its server speaks:
 * pure functions of a request, and of the chunks of one answer.
 */
@NullMarked
package dev.rill.openai.completions;

import org.jspecify.annotations.NullMarked;
