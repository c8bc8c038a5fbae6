package io.tcc.transport.http;

import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import io.tcc.transport.SignedCalls;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The examples of all endpoints. A new endpoint needs one here. */
final class EndpointExamples {

  private static final List<Object> NO_XIDS =
      Arrays.asList("", "0", "g".repeat(32), "A".repeat(32), "a".repeat(31), "a".repeat(33), "' or 1");

  private static final List<Object> NO_TIMES =
      List.of("1", 1.5, -1, Long.MAX_VALUE, Long.MIN_VALUE);

  private static final List<Object> NO_PATHS =
      Arrays.asList(
          List.of(1),
          Arrays.asList((Object) null),
          List.of(List.of("1")),
          List.of(""),
          List.of("-1"),
          List.of("1."),
          List.of("01"),
          List.of("1", "x"),
          List.of("1." + "1.".repeat(40) + "1"));

  private EndpointExamples() {}

  static List<EndpointExample> all() {
    return List.of(
        new Completion(Coordination.COMMIT, true),
        new Completion(Coordination.ABORT, false),
        new Question());
  }

  /** Completes a branch that was just reserved. */
  private record Completion(String operation, boolean namesItsAddresseesLog)
      implements EndpointExample {

    @Override
    public Map<String, Object> prepare(RunningService receiver, Site sender) {
      Xid xid = SignedCalls.xid();
      BusinessCall.reserve(receiver, xid, sender).sendExpecting(200);
      return Map.of(
          "xid",
          xid.value(),
          "begun",
          receiver.clock().instant().toEpochMilli(),
          "paths",
          List.of("1"));
    }

    @Override
    public Map<String, List<Object>> malformed() {
      return Map.of("xid", NO_XIDS, "begun", NO_TIMES, "paths", NO_PATHS);
    }
  }

  /** Asks for a transaction whose time is over, of which nothing is known. */
  private record Question() implements EndpointExample {

    @Override
    public String operation() {
      return Coordination.DECISION;
    }

    @Override
    public Map<String, Object> prepare(RunningService receiver, Site sender) {
      return Map.of(
          "xid",
          SignedCalls.xid().value(),
          "begun",
          receiver.clock().instant().minus(Duration.ofMinutes(1)).toEpochMilli(),
          "timeout",
          1000,
          "asker",
          sender.toString());
    }

    @Override
    public Map<String, List<Object>> malformed() {
      return Map.of(
          "xid",
          NO_XIDS,
          "begun",
          NO_TIMES,
          "timeout",
          List.of("1", 1.5, -1, Long.MAX_VALUE),
          "asker",
          List.of("", "order", "order@", "@aa", "order@zz", "order@aa@aa"));
    }

    @Override
    public boolean namesItsAddresseesLog() {
      return true;
    }
  }
}
