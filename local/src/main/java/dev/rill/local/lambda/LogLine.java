package dev.rill.local.lambda;

/**
 * One line of a function's log.
 *
 * @param module the function's module name, such as {@code worker-fn}
 * @param source who wrote it
 * @param text the line, without its end
 */
public record LogLine(String module, Source source, String text) {

    /** Who wrote a line. A quiet display leaves out {@link #REPORT}. */
    public enum Source {
        /** The function's own process, on its standard output or error. */
        FUNCTION,
        /** The service, about a failure: an init error, a timeout, a process that died. */
        FAILURE,
        /** The service, about invocations that wait since the function has as many processes as it may. */
        LIMIT,
        /** The service's {@code START}, {@code END} and {@code REPORT} lines of every invocation. */
        REPORT
    }
}
