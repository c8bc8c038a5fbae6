package io.tcc.architecture.planted.time.engine;

import java.util.concurrent.CompletableFuture;

public class GuiltyCommonPool {
  CompletableFuture<Void> later() {
    return CompletableFuture.runAsync(() -> {});
  }
}
