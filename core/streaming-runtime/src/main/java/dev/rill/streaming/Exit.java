package dev.rill.streaming;

/** Why the runtime stopped. It never stops because all is done: Lambda freezes or kills the process. */
public enum Exit {
    /** The handler could not be made. */
    INIT_ERROR(1),
    /** A hook failed, before the snapshot or after the restore, or the restore did. */
    SNAPSHOT_ERROR(64),
    /** The Runtime API does not answer, or answers nonsense: there is no way to get another event. */
    RUNTIME_API_LOST(70),
    /** The virtual machine is in no state to go on (out of memory, for one). */
    BROKEN_VM(71);

    private final int code;

    Exit(int code) {
        this.code = code;
    }

    /** The process's exit code. */
    public int code() {
        return code;
    }
}
