/** Rules on dependencies between modules, packages and classes. */
@NullMarked
package dev.rill.tests.architecture;

import org.jspecify.annotations.NullMarked;
