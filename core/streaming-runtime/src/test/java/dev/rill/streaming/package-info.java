/** Tests of the streaming runtime: what goes over the wire. */
@NullMarked
package dev.rill.streaming;

import org.jspecify.annotations.NullMarked;
