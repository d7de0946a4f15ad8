/** The gateway as its clients see it: through sockets, AWS's SDK and scripted functions. */
@NullMarked
package dev.rill.local.gateway;

import org.jspecify.annotations.NullMarked;
