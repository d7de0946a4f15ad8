/**
 * The contracts of the ports of {@code core/auth}, as tests. A module with an adapter extends the contract of its port.
 */
@NullMarked
package dev.rill.auth.contract;

import org.jspecify.annotations.NullMarked;
