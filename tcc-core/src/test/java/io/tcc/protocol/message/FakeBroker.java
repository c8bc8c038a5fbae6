package io.tcc.protocol.message;

import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * A broker in memory that behaves as RocketMQ was seen to: it fences nothing, so whoever commits a
 * half message twice, or after it was rolled back or given up, has it delivered all the same.
 */
final class FakeBroker implements Broker {

  /** Called before and after each call does its work; throws to have it fail. */
  interface Fault {
    default void before(String call) {}

    default void after(String call) {}
  }

  private final Map<String, Letter> halves = new LinkedHashMap<>();
  private final List<String> open = new ArrayList<>();
  private final List<Letter> delivered = new ArrayList<>();
  private final List<String> calls = new ArrayList<>();
  private Fault fault = new Fault() {};
  private boolean away;

  /** From now on. */
  void expose(Fault to) {
    fault = to;
  }

  /** From now on nobody is answered, until it is back. */
  void away(boolean isAway) {
    away = isAway;
  }

  @Override
  public String prepare(Letter letter) {
    reach("prepare");
    String half = "half-" + halves.size();
    halves.put(half, letter);
    open.add(half);
    answer("prepare");
    return half;
  }

  @Override
  public Answer end(String topic, String half, Outcome outcome) {
    try {
      reach("end " + outcome);
      if (!halves.containsKey(half)) {
        return Answer.REFUSED;
      }
      if (outcome == Outcome.COMMIT) {
        delivered.add(halves.get(half));
      }
      open.remove(half);
      answer("end " + outcome);
      return Answer.DONE;
    } catch (BrokerException e) {
      return Answer.SILENT;
    }
  }

  @Override
  public void send(Letter letter) {
    reach("send");
    delivered.add(letter);
    answer("send");
  }

  private void reach(String call) {
    calls.add(call);
    if (away) {
      throw new BrokerException("away", null);
    }
    fault.before(call);
  }

  private void answer(String call) {
    fault.after(call);
  }

  /** Asks about everything that is open, as RocketMQ does again and again. */
  void check(TransactionalMessages instance) {
    check(instance::answerAndEnd);
  }

  void check(BiFunction<CheckBack, String, Verdict> checks) {
    for (String half : List.copyOf(open)) {
      switch (checks.apply(question(halves.get(half)), half)) {
        case COMMIT -> end(halves.get(half).topic(), half, Outcome.COMMIT);
        case ROLLBACK -> end(halves.get(half).topic(), half, Outcome.ABORT);
        case UNKNOWN -> {}
      }
    }
  }

  static CheckBack question(Letter letter) {
    return question(letter, letter.sender());
  }

  static CheckBack question(Letter letter, Site sender) {
    return new CheckBack(letter.id(), letter.topic(), sender, letter.begun());
  }

  /** Asks no more, after too many questions without an answer. */
  void giveUp() {
    open.clear();
  }

  /** Forgets its half messages, as after the retention of its log. */
  void forget() {
    open.clear();
    halves.clear();
  }

  List<Letter> halves() {
    return List.copyOf(halves.values());
  }

  List<String> open() {
    return List.copyOf(open);
  }

  List<Letter> delivered() {
    return List.copyOf(delivered);
  }

  List<String> bodies() {
    return delivered.stream().map(Letter::body).toList();
  }

  List<String> calls() {
    return List.copyOf(calls);
  }
}
