@NullMarked
package dev.rill.openai;

import org.jspecify.annotations.NullMarked;
