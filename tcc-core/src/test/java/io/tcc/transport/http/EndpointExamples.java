package io.tcc.transport.http;

import io.tcc.log.MessageLog;
import io.tcc.log.jdbc.JdbcMemberLog;
import io.tcc.log.jdbc.Tables;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Member;
import io.tcc.transaction.Message;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import io.tcc.transport.SignedCalls;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/** The examples of all endpoints. A new endpoint needs one here. */
final class EndpointExamples {

  private static final List<Object> NO_XIDS =
      Arrays.asList(
          "", "0", "g".repeat(32), "A".repeat(32), "a".repeat(31), "a".repeat(33), "' or 1");

  private static final List<Object> NO_TIMES =
      List.of("1", 1.5, -1, Long.MAX_VALUE, Long.MIN_VALUE);

  private static final List<Object> NO_EPOCHS =
      List.of("1", 1.5, -1, 1_000_000_001, Long.MAX_VALUE);

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
        new Question(),
        new Delivery(),
        new Report(),
        new Roll(),
        new PreCommit(),
        new Round());
  }

  /** Makes the receiver a member of a transaction, of which nobody has been told more. */
  private static Xid member(RunningService receiver, Site initiator) {
    Xid xid = SignedCalls.xid();
    Instant now = receiver.clock().instant();
    new JdbcMemberLog(receiver.bean(DataSource.class), Tables.withDefaultPrefix(), receiver.clock())
        .insert(
            Member.voted(
                new GlobalTransaction(xid, initiator, now, Duration.ofMinutes(1)),
                receiver.instance().site(),
                now.plusSeconds(60),
                now));
    return xid;
  }

  /** Tells a member who else takes part. */
  private record Roll() implements MemberExample {

    @Override
    public String operation() {
      return Coordination.ROLL;
    }

    @Override
    public Map<String, Object> prepare(RunningService receiver, Site sender) {
      return Map.of(
          "xid",
          member(receiver, sender).value(),
          "paths",
          List.of("1"),
          "peers",
          List.of("order@" + "a".repeat(32)));
    }

    @Override
    public Map<String, List<Object>> malformed() {
      return Map.of(
          "xid",
          NO_XIDS,
          "paths",
          NO_PATHS,
          "peers",
          List.of(List.of(1), List.of(""), List.of("order@zz"), List.of("@aa")));
    }
  }

  /** Orders a member to pre-commit. */
  private record PreCommit() implements MemberExample {

    @Override
    public String operation() {
      return Coordination.PRE_COMMIT;
    }

    @Override
    public Map<String, Object> prepare(RunningService receiver, Site sender) {
      return Map.of("xid", member(receiver, sender).value(), "epoch", 0);
    }

    @Override
    public Map<String, List<Object>> malformed() {
      return Map.of("xid", NO_XIDS, "epoch", NO_EPOCHS);
    }
  }

  /** Asks a member as one of its peers. */
  private record Round() implements MemberExample {

    @Override
    public String operation() {
      return Coordination.ROUND;
    }

    @Override
    public Map<String, Object> prepare(RunningService receiver, Site sender) {
      Xid xid = member(receiver, new Site("order", "b".repeat(32)));
      receiver
          .jdbc()
          .update("update tcc_member set peers = ? where xid = ?", sender.toString(), xid.value());
      return Map.of("xid", xid.value(), "state", "READY", "epoch", 1);
    }

    @Override
    public Map<String, List<Object>> malformed() {
      return Map.of(
          "xid",
          NO_XIDS,
          "state",
          List.of("", "ready", "COMMITTED", "ABORTED", "ABORT"),
          "epoch",
          NO_EPOCHS);
    }

    /** Every question is a round of its own. */
    @Override
    public boolean repeatedChangesNothing() {
      return false;
    }
  }

  /** What is told to members, and asked of them. */
  private interface MemberExample extends EndpointExample {

    @Override
    default boolean namesItsAddresseesLog() {
      return true;
    }

    @Override
    default boolean namesItsSendersLog() {
      return true;
    }
  }

  /** Completes a branch that was just reserved. */
  private record Completion(String operation, boolean namesItsAddresseesLog)
      implements EndpointExample {

    @Override
    public boolean namesItsSendersLog() {
      return false;
    }

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

    @Override
    public boolean namesItsSendersLog() {
      return false;
    }
  }

  /** Brings a message that a listener takes. */
  private record Delivery() implements EndpointExample {

    @Override
    public String operation() {
      return Mail.DELIVER;
    }

    @Override
    public Map<String, Object> prepare(RunningService receiver, Site sender) {
      return Map.of(
          "within",
          5000,
          "messages",
          List.of(message(SignedCalls.xid().value(), receiver.clock().instant().toEpochMilli())));
    }

    private static Map<String, Object> message(String id, long stored) {
      Map<String, Object> message = new LinkedHashMap<>();
      message.put("id", id);
      message.put("topic", "purchases");
      message.put("key", null);
      message.put("stored", stored);
      message.put("answer", true);
      message.put("trace", null);
      message.put("body", "{\"message\":{\"item\":\"raw\",\"quantity\":1}}");
      return message;
    }

    @Override
    public Map<String, List<Object>> malformed() {
      return Map.of(
          "within",
          List.of("1", 1.5, 0, -1, 600_001, Long.MAX_VALUE),
          "messages",
          lists(
              message("a".repeat(32), 1),
              Map.of(
                  "id",
                  NO_XIDS,
                  "topic",
                  List.of("", "no topic", "t".repeat(101), 1),
                  "key",
                  List.of("", " ", "k".repeat(151), 1),
                  "stored",
                  List.of("1", 1.5, -1, Long.MAX_VALUE),
                  "answer",
                  List.of("true", 1),
                  "trace",
                  List.of("0".repeat(101), 1),
                  "body",
                  List.of(1, Map.of()))));
    }

    @Override
    public boolean namesItsAddresseesLog() {
      return false;
    }

    @Override
    public boolean namesItsSendersLog() {
      return true;
    }
  }

  /** Tells what became of a message that the receiver has stored. */
  private record Report() implements EndpointExample {

    @Override
    public String operation() {
      return Mail.REPLY;
    }

    @Override
    public Map<String, Object> prepare(RunningService receiver, Site sender) {
      String id = SignedCalls.xid().value();
      receiver
          .bean(MessageLog.class)
          .insert(
              Message.born(
                  id,
                  "purchases",
                  null,
                  null,
                  sender.service(),
                  null,
                  "{}",
                  receiver.clock().instant()));
      return Map.of("results", List.of(result(id)));
    }

    private static Map<String, Object> result(String message) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("message", message);
      result.put("result", "CONSUMED");
      result.put("reason", null);
      return result;
    }

    @Override
    public Map<String, List<Object>> malformed() {
      return Map.of(
          "results",
          lists(
              result("a".repeat(32)),
              Map.of(
                  "message",
                  NO_XIDS,
                  "result",
                  List.of("", "PENDING", "DEAD", "consumed", 1),
                  "reason",
                  List.of("r".repeat(501), 1))));
    }

    @Override
    public boolean namesItsAddresseesLog() {
      return true;
    }

    @Override
    public boolean namesItsSendersLog() {
      return true;
    }
  }

  /** Lists that are not as they should be, around an item that is. */
  private static List<Object> lists(
      Map<String, Object> item, Map<String, List<Object>> malformedFields) {
    List<Object> lists = new ArrayList<>();
    lists.add(List.of());
    lists.add(Arrays.asList((Object) null));
    lists.add(List.of(List.of()));
    lists.add(List.of(item, item));
    lists.add(List.of(with(item, "further", 1)));
    for (String field : item.keySet()) {
      Map<String, Object> less = new LinkedHashMap<>(item);
      less.remove(field);
      lists.add(List.of(less));
    }
    malformedFields.forEach(
        (field, values) -> values.forEach(value -> lists.add(List.of(with(item, field, value)))));
    return lists;
  }

  private static Map<String, Object> with(Map<String, Object> item, String field, Object value) {
    Map<String, Object> other = new LinkedHashMap<>(item);
    other.put(field, value);
    return other;
  }
}
