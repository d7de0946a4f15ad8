/** The model port on openai-java: any server that speaks the Responses API. */
@NullMarked
package dev.rill.openai;

import org.jspecify.annotations.NullMarked;
