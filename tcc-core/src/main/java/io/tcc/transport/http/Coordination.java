package io.tcc.transport.http;

import io.tcc.transaction.Abridged;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/**
 * The bodies of coordination calls: one JSON object each. Who sends it, and to whom, is in the
 * signature's header.
 */
final class Coordination {

  static final String COMMIT = "/commit";
  static final String ABORT = "/abort";
  static final String DECISION = "/decision";

  private static final int LONGEST_DETAIL = 500;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(
              LogicalType.Textual,
              texts ->
                  texts
                      .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .build();

  private Coordination() {}

  /** The path of an order, below that of the endpoints. */
  static String operation(Outcome outcome) {
    return outcome == Outcome.COMMIT ? COMMIT : ABORT;
  }

  /** Body of an order; times in milliseconds. */
  record Order(String xid, long begun, List<String> paths) {

    static Order of(CompletionOrder order) {
      return new Order(
          order.xid().value(),
          order.begun().toEpochMilli(),
          order.paths().stream().map(CallPath::value).toList());
    }

    CompletionOrder toOrder(Outcome outcome, Site addressee) {
      TreeSet<CallPath> calls = new TreeSet<>();
      paths.forEach(path -> calls.add(new CallPath(path)));
      return new CompletionOrder(
          new Xid(xid), Instant.ofEpochMilli(begun), outcome, addressee, calls);
    }
  }

  /** Body of the answer to an order. */
  record OrderAnswer(String xid, String outcome, String detail) {

    static OrderAnswer of(CompletionOrder order, CompletionAnswer answer) {
      return new OrderAnswer(
          order.xid().value(),
          order.outcome().name(),
          Abridged.text(answer.detail(), LONGEST_DETAIL));
    }

    boolean isTo(CompletionOrder order) {
      return xid.equals(order.xid().value()) && outcome.equals(order.outcome().name());
    }
  }

  /** Body of an inquiry; times in milliseconds. */
  record Question(String xid, long begun, long timeout, String asker) {

    static Question of(Inquiry inquiry) {
      GlobalTransaction transaction = inquiry.transaction();
      return new Question(
          transaction.xid().value(),
          transaction.begun().toEpochMilli(),
          transaction.timeout().toMillis(),
          inquiry.asker().toString());
    }

    Inquiry toInquiry(Site initiator) {
      Site site = Site.parse(asker);
      if (!site.knowsItsLog()) {
        throw new IllegalArgumentException(
            "the asker holds branches in a log, which it does not name");
      }
      return new Inquiry(
          new GlobalTransaction(
              new Xid(xid), initiator, Instant.ofEpochMilli(begun), Duration.ofMillis(timeout)),
          site);
    }
  }

  /** Body of the answer to an inquiry. */
  record QuestionAnswer(String xid, String verdict, List<String> paths, String detail) {

    static QuestionAnswer of(Inquiry inquiry, InquiryAnswer answer) {
      return new QuestionAnswer(
          inquiry.transaction().xid().value(),
          answer.verdict().name(),
          answer.paths().stream().map(CallPath::value).toList(),
          Abridged.text(answer.detail(), LONGEST_DETAIL));
    }

    boolean isTo(Inquiry inquiry) {
      return xid.equals(inquiry.transaction().xid().value());
    }

    InquiryAnswer toAnswer() {
      TreeSet<CallPath> calls = new TreeSet<>();
      paths.forEach(path -> calls.add(new CallPath(path)));
      return new InquiryAnswer(
          InquiryAnswer.Verdict.valueOf(verdict), calls, Abridged.text(detail, LONGEST_DETAIL));
    }
  }

  static byte[] write(Object body) {
    return JSON.writeValueAsBytes(body);
  }

  /**
   * Reads a body.
   *
   * @throws RuntimeException if it is not exactly such a body
   */
  static <T> T read(byte[] body, Class<T> type) {
    @Nullable T read = JSON.readValue(body, type);
    if (read == null) {
      throw new IllegalArgumentException("A body is a JSON object, not null");
    }
    return read;
  }
}
