package io.tcc.cluster;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A global transaction and how it may end.
 *
 * @param name for messages
 * @param mayCommit whether it commits if nothing goes wrong; if not, it must never
 * @param body what the initiator does
 * @param spent what has been spent in each service if it is committed; nothing if it is aborted
 */
record Story(String name, boolean mayCommit, Consumer<Shop> body, Map<String, Integer> spent) {

  static final List<Story> ALL =
      List.of(
          commits("one local branch", Shop::local, Map.of("order", 1)),
          commits("local and remote", Shop::localAndRemote, Map.of("order", 1, "inventory", 1)),
          commits("remote twice", Shop::remoteTwice, Map.of("inventory", 2)),
          commits(
              "nested, and back into the initiator",
              Shop::nested,
              Map.of("order", 1, "inventory", 1, "warehouse", 1)),
          commits(
              "in one local transaction",
              Shop::inOneLocalTransaction,
              Map.of("order", 1, "inventory", 1)),
          commits("answered once decided", Shop::decided, Map.of("order", 1, "inventory", 1)),
          commits("effect elsewhere", Shop::elsewhere, Map.of("order", 1, "inventory", 1)),
          commits("2PC", Shop::prepared, Map.of("order", 1, "inventory", 1)),
          commits("TCC and 2PC", Shop::mixed, Map.of("order", 1, "inventory", 2)),
          aborts("2PC votes NO", Shop::votesNo),
          aborts("fails", Shop::fails),
          aborts("effect elsewhere, then fails", Shop::elsewhereThenFails),
          aborts("too late", Shop::tooLate));

  private static Story commits(String name, Consumer<Shop> body, Map<String, Integer> spent) {
    return new Story(name, true, body, spent);
  }

  private static Story aborts(String name, Consumer<Shop> body) {
    return new Story(name, false, body, Map.of());
  }

  /** What is wrong with how it ended, told by SQL. */
  List<String> violations(Cluster cluster, boolean toldOk, boolean toldAborted) {
    List<String> found = new ArrayList<>();
    Map<String, Integer> actual = new java.util.TreeMap<>();
    cluster
        .services()
        .forEach(
            service -> {
              int units =
                  cluster
                      .sql(service)
                      .queryForObject("select sum(spent) from account", BigDecimal.class)
                      .intValue();
              if (units != 0) {
                actual.put(service, units);
              }
            });
    boolean committed = !actual.isEmpty();
    if (committed && !actual.equals(spent)) {
      found.add("half outcome: " + actual + " instead of all or nothing of " + spent);
    }
    if (committed && !mayCommit) {
      found.add("committed");
    }
    if (toldOk && !committed) {
      found.add("the caller was told OK, and it is aborted");
    }
    if (toldAborted && committed) {
      found.add("the caller was told that it is aborted, and it is committed");
    }
    int plain =
        cluster
            .sql("order")
            .queryForObject(
                "select count(*) from journal where branch = 'plain local work'", Integer.class);
    boolean plainExpected = committed && name.equals("in one local transaction");
    if (plain != (plainExpected ? 1 : 0)) {
      found.add("plain local work was done " + plain + " times");
    }
    return found;
  }
}
