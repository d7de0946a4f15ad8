/** Tests of connect-fn with the events that API Gateway sends. */
@NullMarked
package dev.rill.connect;

import org.jspecify.annotations.NullMarked;
