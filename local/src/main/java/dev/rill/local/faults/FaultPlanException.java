package dev.rill.local.faults;

/** A text is not a valid plan. */
final class FaultPlanException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String problem;

    FaultPlanException(String problem) {
        super(problem);
        this.problem = problem;
    }

    /** The reason, with the name of the field. */
    String problem() {
        return problem;
    }
}
