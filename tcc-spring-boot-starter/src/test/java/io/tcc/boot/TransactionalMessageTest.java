package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.TransactionalMessage;
import io.tcc.door.InvalidAnnotationsException;
import io.tcc.protocol.message.Broker;
import io.tcc.protocol.message.Letter;
import io.tcc.protocol.message.MessageLimits;
import io.tcc.protocol.message.TransactionalMessages;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transport.rocketmq.RocketMqBroker;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** From the annotation to the broker, in an application that has one in memory. */
class TransactionalMessageTest {

  /** Delivers what is committed. */
  static class MemoryBroker implements Broker {
    final Map<String, Letter> halves = new ConcurrentHashMap<>();
    final CopyOnWriteArrayList<Letter> delivered = new CopyOnWriteArrayList<>();

    @Override
    public String prepare(Letter letter) {
      halves.put(letter.id().value(), letter);
      return letter.id().value();
    }

    @Override
    public Answer end(String topic, String half, Outcome outcome) {
      Letter letter = halves.remove(half);
      if (outcome == Outcome.COMMIT) {
        delivered.add(letter);
      }
      return Answer.DONE;
    }

    @Override
    public void send(Letter letter) {
      delivered.add(letter);
    }

    Letter next() {
      await().atMost(Duration.ofSeconds(20)).until(() -> !delivered.isEmpty());
      return delivered.remove(0);
    }
  }

  public record OrderPlaced(String orderId, BigDecimal amount) {}

  static class Orders {
    private final JdbcTemplate sql;

    Orders(JdbcTemplate sql) {
      this.sql = sql;
      sql.execute("create table if not exists orders (id varchar(50) primary key)");
    }

    @TransactionalMessage(topic = "${shop.topic:orders}", tags = "placed", key = "orderId")
    public OrderPlaced place(String id, boolean fail) throws Exception {
      sql.update("insert into orders values (?)", id);
      if (fail) {
        throw new Exception("no");
      }
      return new OrderPlaced(id, new BigDecimal("10.50"));
    }

    @TransactionalMessage(topic = "notes", key = "id")
    @Transactional(isolation = Isolation.SERIALIZABLE)
    public String note(String id) {
      sql.update("insert into orders values (?)", id);
      return "plain text";
    }

    int count() {
      return sql.queryForObject("select count(*) from orders", Integer.class);
    }
  }

  static class Global {
    private final Orders orders;

    Global(Orders orders) {
      this.orders = orders;
    }

    @GlobalTx
    public void place() throws Exception {
      orders.place("a", false);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Shop {
    @Bean
    MemoryBroker broker() {
      return new MemoryBroker();
    }

    @Bean
    MeterRegistry meters() {
      return new SimpleMeterRegistry();
    }

    @Bean
    Orders orders(JdbcTemplate sql) {
      return new Orders(sql);
    }

    @Bean
    Global global(Orders orders) {
      return new Global(orders);
    }
  }

  private static ApplicationContextRunner shop() {
    return Applications.plain()
        .withPropertyValues("tcc.rocketmq.name-server=localhost:1")
        .withUserConfiguration(Shop.class);
  }

  @Test
  void whatTheMethodReturnsIsDeliveredWhenItsChangeIsDurable() {
    shop()
        .run(
            context -> {
              context.getBean(Orders.class).place("o-1", false);

              Letter letter = context.getBean(MemoryBroker.class).next();
              assertThat(letter.topic()).isEqualTo("orders");
              assertThat(letter.tags()).isEqualTo("placed");
              assertThat(letter.key()).isEqualTo("o-1");
              assertThat(letter.body()).isEqualTo("{\"orderId\":\"o-1\",\"amount\":10.50}");
              assertThat(context.getBean(Orders.class).count()).isEqualTo(1);
              await()
                  .atMost(Duration.ofSeconds(20))
                  .until(
                      () ->
                          context
                                  .getBean(MeterRegistry.class)
                                  .get("tcc.messages.ended")
                                  .tag("outcome", "commit")
                                  .counter()
                                  .count()
                              == 1);
            });
  }

  @Test
  void textIsToldAsItIsAndAnArgumentMayBeTheKey() {
    shop()
        .run(
            context -> {
              context.getBean(Orders.class).note("n-1");

              Letter letter = context.getBean(MemoryBroker.class).next();
              assertThat(letter.key()).isEqualTo("n-1");
              assertThat(letter.body()).isEqualTo("plain text");
              assertThat(context.getBean(TransactionalMessages.class).topics())
                  .containsExactlyInAnyOrder("orders", "notes");
            });
  }

  @Test
  void aCheckedExceptionRollsBackToo() {
    shop()
        .run(
            context -> {
              assertThatThrownBy(() -> context.getBean(Orders.class).place("o-1", true))
                  .isExactlyInstanceOf(Exception.class);

              assertThat(context.getBean(Orders.class).count()).isZero();
              assertThat(context.getBean(MemoryBroker.class).halves).isEmpty();
            });
  }

  @Test
  void insideAGlobalTransactionItIsRefused() {
    shop()
        .run(
            context -> {
              assertThatThrownBy(() -> context.getBean(Global.class).place())
                  .isInstanceOf(TransactionUsageException.class)
                  .hasMessageContaining("TransactionalMessageTest.Orders.place");
              assertThat(context.getBean(Orders.class).count()).isZero();
            });
  }

  @Test
  void settingsComeFromProperties() {
    shop()
        .withPropertyValues(
            "tcc.rocketmq.timeout=90s", "tcc.rocketmq.grace=7s", "tcc.recovery.retention=3d")
        .run(
            context -> {
              MessageLimits limits = context.getBean(MessageLimits.class);
              assertThat(limits.timeout()).isEqualTo(Duration.ofSeconds(90));
              assertThat(limits.grace()).isEqualTo(Duration.ofSeconds(7));
              assertThat(limits.retention()).isEqualTo(Duration.ofDays(3));
              assertThat(context).doesNotHaveBean(RocketMqBroker.class);
            });
    shop()
        .withPropertyValues("tcc.rocketmq.producer-group=a b")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("tcc.rocketmq.producer-group"));
  }

  static class Mistaken {
    @TransactionalMessage(topic = "orders")
    public void nothing() {}

    @TransactionalMessage(topic = "no such topic")
    public String blank() {
      return "";
    }

    @TransactionalMessage(topic = "orders", key = "orderNumber")
    public OrderPlaced noKey(String id) {
      return new OrderPlaced(id, BigDecimal.ONE);
    }

    @TransactionalMessage(topic = "orders")
    @Transactional(propagation = Propagation.REQUIRES_NEW)
    public String apart() {
      return "";
    }

    @TransactionalMessage(topic = "orders")
    public final String unreachable() {
      return "";
    }

    public String around() {
      return apart();
    }
  }

  @Test
  void allMistakesAreToldAtOnceAtStartUp() {
    shop()
        .withBean(Mistaken.class)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .isInstanceOf(InvalidAnnotationsException.class)
                    .hasMessageContaining("nothing()")
                    .hasMessageContaining("what it returns is the message")
                    .hasMessageContaining("'no such topic'")
                    .hasMessageContaining("'orderNumber' is neither a parameter nor a property")
                    .hasMessageContaining("propagation = REQUIRES_NEW")
                    .hasMessageContaining("unreachable()")
                    .hasMessageContaining("is final")
                    .hasMessageContaining("is called by around"));
  }

  @Test
  void withoutABrokerTheAnnotationIsAMistakeThatNamesPropertyAndLibrary() {
    Applications.plain()
        .withUserConfiguration(Shop.class)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .isInstanceOf(InvalidAnnotationsException.class)
                    .hasMessageContaining("tcc.rocketmq.name-server=")
                    .hasMessageContaining("rocketmq-client"));
  }

  @Test
  void withoutTheClientLibraryNothingOfItIsDefined() {
    Applications.plain()
        .withClassLoader(new FilteredClassLoader(TransactionMQProducer.class))
        .withPropertyValues("tcc.rocketmq.name-server=localhost:1")
        .run(
            context ->
                assertThat(context).hasNotFailed().doesNotHaveBean(TransactionalMessages.class));
  }

  @Test
  void applicationsWithoutMessagesNeedNoBroker() {
    Applications.plain()
        .run(
            context ->
                assertThat(context).hasNotFailed().doesNotHaveBean(TransactionalMessages.class));
  }
}
