package dev.rill.local.lambda;

/**
 * One line of a function's log.
 *
 * @param module the function's module name, such as {@code worker-fn}
 * @param source what wrote it
 * @param text the line, without its line break
 */
public record LogLine(String module, Source source, String text) {

    /** What wrote a line. */
    public enum Source {
        /** The function's own process, on its standard output or error. */
        FUNCTION,
        /** The service, about a failure: an init error, a timeout, or a process that ended. */
        FAILURE,
        /** The service, about invocations that wait because the function has its maximum number of processes. */
        LIMIT,
        /** The service's {@code START}, {@code END} and {@code REPORT} lines of every invocation. */
        REPORT
    }
}
