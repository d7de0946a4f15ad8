/** The parts that are others' programs, each run as a process of its own: DynamoDB Local and ElasticMQ. */
@NullMarked
package dev.rill.local.embedded;

import org.jspecify.annotations.NullMarked;
