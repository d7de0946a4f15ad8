package dev.rill.chat.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.chat.ops.Time;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** Blocks threads until it is opened, once and for all. Safe for use by many threads. */
public final class Gate {

    private final Lock lock;
    private final Condition opened;

    @GuardedBy("lock")
    private boolean open;

    /** Creates a closed gate whose threads wait in this time. */
    public Gate(Time time) {
        lock = time.newLock();
        opened = lock.newCondition();
    }

    /** Releases all threads that wait, and lets later ones pass. */
    public void open() {
        lock.lock();
        try {
            open = true;
            opened.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until the gate is open. The caller limits the time. */
    public void await() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!open) {
                opened.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether {@link #open} was called. */
    public boolean isOpen() {
        lock.lock();
        try {
            return open;
        } finally {
            lock.unlock();
        }
    }
}
