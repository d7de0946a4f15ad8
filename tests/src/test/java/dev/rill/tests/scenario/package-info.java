/** What a client sees of Rill: scenarios that run in every environment. */
@NullMarked
package dev.rill.tests.scenario;

import org.jspecify.annotations.NullMarked;
