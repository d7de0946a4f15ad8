/** The whole local stack, started as a user starts it, and met over the wire. */
@NullMarked
package dev.rill.tests.stack;

import org.jspecify.annotations.NullMarked;
