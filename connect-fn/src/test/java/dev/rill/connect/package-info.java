/** connect-fn by the events that API Gateway sends it. */
@NullMarked
package dev.rill.connect;

import org.jspecify.annotations.NullMarked;
