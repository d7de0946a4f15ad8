package dev.rill.local.model;

/**
 * A call that the model makes.
 *
 * @param arguments a JSON object as text
 */
record FunctionCall(String name, String arguments) {}
