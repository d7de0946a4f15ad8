@NullMarked
package dev.rill.message;

import org.jspecify.annotations.NullMarked;
