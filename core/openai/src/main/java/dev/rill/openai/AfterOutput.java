package dev.rill.openai;

/** What happens when a server of a list fails after it has sent output. */
enum AfterOutput {
    /** The response fails with the output so far. */
    FAIL,
    /** The next server of the list is asked, and clients are told that its output replaces all output so far. */
    RESTART
}
