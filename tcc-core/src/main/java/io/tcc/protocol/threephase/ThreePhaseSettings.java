package io.tcc.protocol.threephase;

import java.time.Duration;

/**
 * The times of 3PC. Who gives up READY has told so before anybody commits alone: hence the order.
 *
 * @param ready after which a participant that has voted yes, and heard nothing, begins a round
 * @param preCommit after which one that has pre-committed does
 * @param margin by which {@code ready} is shorter than {@code preCommit}: time for a round
 * @param readyBlocks whether a READY participant that nobody answers stays READY rather than abort
 */
public record ThreePhaseSettings(
    Duration ready, Duration preCommit, Duration margin, boolean readyBlocks) {

  public ThreePhaseSettings {
    if (ready.isNegative() || ready.isZero() || margin.isNegative() || margin.isZero()) {
      throw new IllegalArgumentException(
          "tcc.three-phase.ready-timeout (" + ready + ") and margin (" + margin + ") are positive");
    }
    if (ready.plus(margin).compareTo(preCommit) >= 0) {
      throw new IllegalArgumentException(
          "tcc.three-phase.pre-commit-timeout ("
              + preCommit
              + ") is longer than ready-timeout ("
              + ready
              + ") plus margin ("
              + margin
              + "): who gives up has to have told so before anybody commits alone");
    }
  }
}
