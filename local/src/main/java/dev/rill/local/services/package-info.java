/** AWS's own clients of the embedded services, and the tables and queues that are created with them. */
@NullMarked
package dev.rill.local.services;

import org.jspecify.annotations.NullMarked;
