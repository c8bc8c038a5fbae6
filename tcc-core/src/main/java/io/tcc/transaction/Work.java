package io.tcc.transaction;

/** Business code that runs inside a transaction. */
@FunctionalInterface
public interface Work<T extends @org.jspecify.annotations.Nullable Object, X extends Throwable> {

  T run() throws X;
}
