/** The contracts of the ports, as tests. A module with an adapter extends the contract of its port. */
@NullMarked
package dev.rill.chat.contract;

import org.jspecify.annotations.NullMarked;
