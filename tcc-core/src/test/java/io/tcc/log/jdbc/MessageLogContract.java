package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.LogOnDatabase.START;
import static io.tcc.log.jdbc.LogOnDatabase.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tcc.log.InboxLog;
import io.tcc.log.MessageLog;
import io.tcc.log.MessageLog.Claim;
import io.tcc.log.MessageLog.Size;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Site;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a {@link io.tcc.log.MessageLog} and an {@link InboxLog} promise. */
abstract class MessageLogContract {

  private static final Duration LEASE = Duration.ofSeconds(60);
  private static final Duration LATER = Duration.ofSeconds(1);
  private static final Backoff WAIT = new Backoff(LATER, 2, Duration.ofMinutes(5), 10);
  private static final Site SENDER = LogOnDatabase.HERE;

  private LogOnDatabase log;

  @BeforeEach
  void open(Database database) {
    log = new LogOnDatabase(database);
  }

  private static Message message(@Nullable String key, @Nullable String uniqueKey) {
    return Message.born(
        random(), "purchases", key, uniqueKey, "inventory", "00-trace", "{\"a\":1}", START);
  }

  private boolean insert(Message message) {
    return log.separate(() -> log.messages.insert(message));
  }

  private Message inserted(@Nullable String key) {
    Message message = message(key, null);
    assertThat(insert(message)).isTrue();
    return message;
  }

  private Message found(Message message) {
    return log.separate(() -> log.messages.find(message.id())).orElseThrow();
  }

  private List<Message> claim(Instant now, int limit) {
    return claimed(now, limit).taken();
  }

  private Claim claimed(Instant now, int limit) {
    return log.separate(() -> log.messages.claimDue(now, now.plus(LEASE), WAIT, limit));
  }

  private int update(Message... messages) {
    return log.separate(() -> log.messages.update(List.of(messages)));
  }

  private static List<String> ids(List<Message> messages) {
    return messages.stream().map(Message::id).toList();
  }

  private static List<String> ids(Message... messages) {
    return ids(List.of(messages));
  }

  @Test
  void aMessageComesBackAsItWasStored() {
    Message message =
        new Message(
            random(),
            0,
            "purchases.eu",
            "Grüße 😀",
            "only one",
            Site.ofUnknownLog("inventory"),
            null,
            "00-0123",
            "{\"text\":\"世界\"}",
            MessageState.DEAD,
            "no such item",
            3,
            7,
            null,
            null,
            START.plusMillis(123));
    assertThat(insert(message)).isTrue();

    assertThat(found(message))
        .usingRecursiveComparison()
        .ignoringFields("sequence")
        .isEqualTo(message);
    assertThat(found(message).sequence()).isPositive();
  }

  @Test
  void aSecondMessageOfAUniqueKeyIsRefusedAndTheTransactionGoesOn() {
    log.createBusinessTable();
    assertThat(insert(message(null, "order-1"))).isTrue();

    log.separately(
        () -> {
          assertThat(log.messages.insert(message(null, "order-1"))).isFalse();
          log.sql.update("insert into business values (1, 1)");
          assertThat(log.messages.insert(message(null, "order-2"))).isTrue();
        });

    assertThat(log.businessRows()).containsExactly(1);
    assertThat(log.separate(log.messages::size).pending()).isEqualTo(2);
  }

  @Test
  void aMessageHasOneReply() {
    Message message = inserted(null);
    Message reply =
        Message.reply(
            random(), message.id(), "purchases", null, SENDER, MessageState.CONSUMED, null, START);
    assertThat(insert(reply)).isTrue();
    assertThat(
            insert(
                Message.reply(
                    random(),
                    message.id(),
                    "purchases",
                    null,
                    SENDER,
                    MessageState.REJECTED,
                    "no",
                    START)))
        .isFalse();

    Message there = log.separate(() -> log.messages.replyTo(message.id())).orElseThrow();
    assertThat(there.body()).isEqualTo("CONSUMED");
    assertThat(there.destination()).isEqualTo(SENDER);
  }

  @Test
  void aHeldMessageIsDueOnceReleasedAndGoneOnceForgotten() {
    Message kept =
        Message.born(random(), "purchases", null, null, "inventory", null, "{}", START).held();
    Message dropped =
        Message.born(random(), "purchases", null, null, "inventory", null, "{}", START).held();
    insert(kept);
    insert(dropped);
    assertThat(claim(START.plusSeconds(100), 10)).isEmpty();

    assertThat(log.separate(() -> log.messages.release(kept.id(), START))).isTrue();
    assertThat(log.separate(() -> log.messages.forget(dropped.id()))).isTrue();

    assertThat(ids(claim(START, 10))).isEqualTo(ids(kept));
    assertThat(log.separate(() -> log.messages.release(kept.id(), START))).isFalse();
    assertThat(log.separate(() -> log.messages.forget(kept.id()))).isFalse();
    assertThat(log.separate(() -> log.messages.find(dropped.id()))).isEmpty();
  }

  @Test
  void whatIsDueIsTakenInItsOrderUpToTheLimit() {
    List<Message> all = IntStream.range(0, 5).mapToObj(i -> inserted(null)).toList();
    insert(
        Message.born(
            random(), "purchases", null, null, "inventory", null, "{}", START.plusSeconds(9)));

    assertThat(ids(claim(START, 3))).isEqualTo(ids(all.subList(0, 3)));
    Claim second = claimed(START, 3);
    assertThat(ids(second.taken())).isEqualTo(ids(all.subList(3, 5)));
    assertThat(second.seen()).isEqualTo(2);
  }

  @Test
  void whatOneHasTakenComesBackAfterTheLeaseAndItsLateUpdateIsRefused() {
    inserted(null);
    Message first = claim(START, 10).get(0);
    assertThat(claim(START.plus(LEASE).minusMillis(1), 10)).isEmpty();

    Message second = claim(START.plus(LEASE), 10).get(0);

    assertThat(second.epoch()).isEqualTo(first.epoch() + 1);
    assertThat(update(first.accepted(null))).isZero();
    assertThat(found(first).state()).isEqualTo(MessageState.PENDING);
    assertThat(update(second.accepted(null))).isEqualTo(1);
    assertThat(found(first).state()).isEqualTo(MessageState.SENT);
  }

  @Test
  void twoWhoTakeAtOnceShareTheMessages() {
    log.separately(
        () -> {
          for (int i = 0; i < 60; i++) {
            log.messages.insert(message(i % 2 == 0 ? null : "k" + i % 6, null));
          }
        });
    List<CompletableFuture<List<Message>>> takers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      takers.add(
          CompletableFuture.supplyAsync(() -> claim(START, 15), task -> new Thread(task).start()));
    }
    List<String> taken =
        new ArrayList<>(takers.stream().flatMap(t -> t.join().stream()).map(Message::id).toList());

    assertThat(taken).doesNotHaveDuplicates();
  }

  @Test
  void aMessageWaitsForAnEarlierOneOfItsKeyThatAnotherHasTaken() {
    Message first = inserted("k");
    assertThat(ids(claim(START, 1))).isEqualTo(ids(first));
    Message second = inserted("k");
    Message other = inserted("other");

    assertThat(ids(claim(START, 10))).isEqualTo(ids(other));
    assertThat(found(second).nextAttempt()).isEqualTo(START.plus(LATER));

    Message taken = found(first);
    assertThat(update(taken.accepted(null))).isEqualTo(1);
    assertThat(ids(claim(START.plus(LATER), 10))).isEqualTo(ids(second));
  }

  @Test
  void aMessageWaitsForAnEarlierOneOfItsKeyThatAnotherIsTakingAtThisMoment(TestDatabase kind) {
    assumeTrue(kind != TestDatabase.H2, "there the second one waits until the first one has taken");
    Message first = inserted("k");
    Message second = inserted("k");
    try (OpenTransaction other =
        new OpenTransaction(log, () -> log.messages.claimDue(START, START.plus(LEASE), WAIT, 1))) {
      assertThat(ids(claim(START, 10))).doesNotContain(first.id(), second.id());
      other.commit();
    }
  }

  @Test
  void messagesOfOneKeyAreTakenTogetherInTheirOrder() {
    Message first = inserted("k");
    Message second = inserted("k");
    Message third = inserted("k");
    update(claim(START, 1).get(0).failed(START.plusSeconds(1), "away"));
    assertThat(claim(START, 10)).isEmpty();

    assertThat(ids(claim(START.plusSeconds(1), 10))).isEqualTo(ids(first, second, third));
  }

  @Test
  void theOrderOfAKeyIsThatOfStoringAndNotOfBeingDue() {
    Message first = inserted("k");
    update(claim(START, 1).get(0).failed(START.plusSeconds(1), "away"));
    Message second = inserted("k");

    assertThat(ids(claim(START.plusSeconds(1), 10))).isEqualTo(ids(first, second));
  }

  @Test
  void whatWaitsIsLookedAtLessAndLessAndGoesOnOnceItMay() {
    Message first = inserted("k");
    Message taken = claim(START, 1).get(0);
    List<Message> behind = List.of(inserted("k"), inserted("k"), inserted("k"));
    assertThat(claim(START, 10)).isEmpty();
    assertThat(found(behind.get(0)).nextAttempt()).isEqualTo(START.plus(LATER));
    assertThat(claim(START.plusSeconds(20), 10)).isEmpty();
    assertThat(found(behind.get(0)).nextAttempt()).isEqualTo(START.plusSeconds(40));

    Instant now = START.plusSeconds(21);
    update(taken.accepted(null));
    assertThat(log.<Integer>separate(() -> log.messages.goOn(List.of(first), now, 2))).isEqualTo(2);

    assertThat(ids(claim(now, 10))).isEqualTo(ids(behind.subList(0, 2)));
  }

  @Test
  void whatIsAboutToBeGivenBackGoesOnAllTheSame(TestDatabase kind) throws Exception {
    assumeTrue(kind != TestDatabase.H2, "there a writer waits for nobody who has read");
    Message first = inserted("k");
    Message taken = claim(START, 1).get(0);
    Message second = inserted("k");
    CompletableFuture<Integer> goingOn;
    try (OpenTransaction other =
        new OpenTransaction(log, () -> log.messages.claimDue(START, START.plus(LEASE), WAIT, 10))) {
      goingOn =
          CompletableFuture.supplyAsync(
              () ->
                  log.separate(
                      () -> {
                        log.messages.update(List.of(taken.accepted(null)));
                        return log.messages.goOn(List.of(first), START, 10);
                      }),
              task -> new Thread(task).start());
      assertThat(goingOn)
          .as("waits for the one who is taking it")
          .failsWithin(Duration.ofMillis(500))
          .withThrowableOfType(TimeoutException.class);
      other.commit();
    }
    assertThat(goingOn.join()).isEqualTo(1);
    assertThat(ids(claim(START, 10))).isEqualTo(ids(second));
  }

  @Test
  void aDeadMessageHoldsItsKeyUntilItIsRequeuedOrDiscarded() {
    Message first = inserted("k");
    Message taken = claim(START, 1).get(0);
    update(taken.dead("away for ever"));
    Message second = inserted("k");
    assertThat(claim(START, 10)).isEmpty();

    assertThat(log.separate(() -> log.messages.requeue(first.id(), START))).isTrue();
    List<Message> again = claim(START, 10);
    assertThat(ids(again)).isEqualTo(ids(first, second));
    assertThat(again.get(0).attempts()).isZero();

    update(again.get(0).dead("again"), again.get(1).givenBack(START.plusSeconds(3600)));
    assertThat(log.separate(() -> log.messages.discard(first.id(), START))).isTrue();
    assertThat(ids(claim(START, 10))).isEqualTo(ids(second));
    assertThat(found(first).state()).isEqualTo(MessageState.DISCARDED);
    assertThat(log.separate(() -> log.messages.requeue(first.id(), START))).isFalse();
  }

  @Test
  void anUnreadableMessageIsDeadWithItsReasonAndTheOthersGoOn() {
    Message broken = inserted(null);
    Message whole = inserted(null);
    log.sql.update("update tcc_message set destination = '?' where id = ?", broken.id());

    Claim claim = claimed(START, 10);

    assertThat(ids(claim.taken())).isEqualTo(ids(whole));
    assertThat(claim.unreadable())
        .extracting(MessageLog.Unreadable::id)
        .containsExactly(broken.id());
    assertThat(
            log.sql.queryForObject(
                "select state from tcc_message where id = ?", String.class, broken.id()))
        .isEqualTo("DEAD");
    assertThat(claimed(START.plus(LEASE), 10).unreadable()).isEmpty();
  }

  @Test
  void anUnreadableMessageHoldsItsKeyAndCanBeDiscarded() {
    Message broken = inserted("k");
    log.sql.update("update tcc_message set destination = '?' where id = ?", broken.id());
    Message next = inserted("k");
    assertThat(claim(START, 10)).isEmpty();
    assertThat(claim(START.plus(LATER), 10)).isEmpty();

    assertThat(log.separate(() -> log.messages.discard(broken.id(), START))).isTrue();

    assertThat(ids(claim(START, 10))).isEqualTo(ids(next));
  }

  @Test
  void aResultIsNotedOnceAndNeverRegresses() {
    Message message = inserted(null);
    Message taken = claim(START, 1).get(0);
    assertThat(settle(message, "billing", MessageState.CONSUMED)).isFalse();

    assertThat(settle(message, "inventory", MessageState.REJECTED)).isTrue();

    assertThat(settle(message, "inventory", MessageState.CONSUMED)).isFalse();
    assertThat(update(taken.accepted(START))).isZero();
    assertThat(log.separate(() -> log.messages.requeue(message.id(), START))).isFalse();
    assertThat(found(message).state()).isEqualTo(MessageState.REJECTED);
    assertThat(found(message).reason()).isEqualTo("because");
    assertThat(claim(START.plus(LEASE), 10)).isEmpty();
  }

  private boolean settle(Message message, String receiver, MessageState result) {
    return log.separate(() -> log.messages.settle(message.id(), receiver, result, "because"));
  }

  @Test
  void aMessageWithoutItsReplyIsDueAgain() {
    Message message = inserted("k");
    update(claim(START, 1).get(0).accepted(START.plusSeconds(30)));
    Message next = inserted("k");

    assertThat(ids(claim(START, 10))).as("it holds nobody up").isEqualTo(ids(next));
    assertThat(claim(START.plusSeconds(29), 10)).isEmpty();
    assertThat(claim(START.plusSeconds(30), 10))
        .singleElement()
        .satisfies(m -> assertThat(m.id()).isEqualTo(message.id()))
        .satisfies(m -> assertThat(m.state()).isEqualTo(MessageState.SENT));
  }

  @Test
  void onlyFinishedMessagesArePurged() {
    Message sent = inserted(null);
    Message asking = inserted(null);
    Message dead = inserted(null);
    Message pending = inserted(null);
    Message consumed = inserted(null);
    List<Message> taken = claim(START, 5);
    update(
        taken.get(0).accepted(null),
        taken.get(1).accepted(START.plusSeconds(30)),
        taken.get(2).dead("away"));
    settle(consumed, "inventory", MessageState.CONSUMED);
    Message held =
        Message.born(random(), "purchases", null, null, "inventory", null, "{}", START).held();
    insert(held);

    assertThat(log.separate(() -> log.messages.purge(START, 10))).isZero();
    assertThat(log.separate(() -> log.messages.purge(START.plusSeconds(1), 1))).isEqualTo(1);
    assertThat(log.separate(() -> log.messages.purge(START.plusSeconds(1), 10))).isEqualTo(1);

    assertThat(log.sql.queryForList("select id from tcc_message", String.class))
        .containsExactlyInAnyOrderElementsOf(ids(asking, dead, pending, held))
        .doesNotContain(sent.id());
  }

  @Test
  void theSizeTellsWhatIsOpenAndHowOldItIs() {
    assertThat(log.separate(log.messages::size)).isEqualTo(new Size(0, 0, 0, null));
    inserted(null);
    inserted(null);
    update(claim(START, 1).get(0).dead("away"));

    assertThat(log.separate(log.messages::size)).isEqualTo(new Size(0, 1, 1, START));
    assertThat(log.separate(() -> log.messages.in(MessageState.DEAD, 10))).hasSize(1);
  }

  @Test
  void aConsumerTakesAMessageOnce() {
    String id = random();
    assertThat(log.separate(() -> take(id, "token"))).isTrue();
    log.createBusinessTable();

    log.separately(
        () -> {
          assertThat(take(id, "other")).isFalse();
          assertThat(log.inbox.find(id, "purchases"))
              .contains(new InboxLog.Entry(MessageState.REJECTED, "sold out"));
          log.sql.update("insert into business values (1, 1)");
        });

    assertThat(log.businessRows()).containsExactly(1);
    assertThat(log.separate(() -> log.inbox.purge(START, 10))).isZero();
    assertThat(log.separate(() -> log.inbox.purge(START.plusSeconds(1), 10))).isEqualTo(1);
  }

  private boolean take(String id, String token) {
    return log.inbox.insert(id, "purchases", SENDER, "purchases", token)
        && log.inbox.finish(id, "purchases", token, MessageState.REJECTED, "sold out");
  }

  @Test
  void aResultIsWrittenUnderTheTokenOfItsExecutionOnly() {
    String id = random();
    log.separately(
        () -> {
          log.inbox.insert(id, "purchases", SENDER, "purchases", "one");
          assertThat(log.inbox.finish(id, "purchases", "another", MessageState.CONSUMED, null))
              .isFalse();
          assertThat(log.inbox.finish(id, "purchases", "one", MessageState.CONSUMED, null))
              .isTrue();
        });
  }
}
