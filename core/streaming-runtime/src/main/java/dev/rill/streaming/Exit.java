package dev.rill.streaming;

/** Why the runtime stopped. It stops after failures only: Lambda freezes or kills the process otherwise. */
public enum Exit {
    /** The handler could not be created. */
    INIT_ERROR(1),
    /** A hook before the snapshot or after the restore failed, or the restore itself failed. */
    SNAPSHOT_ERROR(64),
    /** The Runtime API does not answer, or its response is malformed: no further event can be received. */
    RUNTIME_API_LOST(70),
    /** The JVM can't continue, for example because it is out of memory. */
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
