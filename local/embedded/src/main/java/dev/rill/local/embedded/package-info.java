/** Runs DynamoDB Local and ElasticMQ, each as its own process. Needs the JDK only. */
@NullMarked
package dev.rill.local.embedded;

import org.jspecify.annotations.NullMarked;
