package io.tcc.engine;

import java.util.concurrent.CompletableFuture;

/** One pass of something that is done again and again. */
public interface Pass {

  /** Whether it took as much as one pass may, so that there may be more to do. */
  boolean full();

  /** Whether the next one may begin before this one has ended. */
  default boolean overlaps() {
    return false;
  }

  /** Ends when all that the pass took has been tried once; does not fail. */
  CompletableFuture<Void> ended();
}
