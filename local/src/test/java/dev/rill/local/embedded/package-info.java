@NullMarked
package dev.rill.local.embedded;

import org.jspecify.annotations.NullMarked;
