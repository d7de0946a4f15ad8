@NullMarked
package dev.rill.openai.completions;

import org.jspecify.annotations.NullMarked;
