package io.tcc.transport.http;

import static java.util.stream.Collectors.toCollection;

import io.tcc.protocol.threephase.MemberAnswer;
import io.tcc.protocol.threephase.PreCommitOrder;
import io.tcc.protocol.threephase.Roll;
import io.tcc.protocol.threephase.RoundQuestion;
import io.tcc.transaction.Abridged;
import io.tcc.transaction.BranchState;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.Member.Asked;
import io.tcc.transaction.Member.Cause;
import io.tcc.transaction.Member.Standing;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
  static final String ROLL = "/roll";
  static final String PRE_COMMIT = "/pre-commit";
  static final String ROUND = "/round";

  /** More rounds than any transaction takes; from there on epochs could not grow any more. */
  private static final long LAST_EPOCH = 1_000_000_000;

  private static final int LONGEST_DETAIL = 500;

  /** Where a member stands that asks. */
  private static final Set<BranchState> UNDECIDED =
      EnumSet.of(BranchState.READY, BranchState.PRE_COMMITTED);

  private static final Set<BranchState> MEMBER_STATES =
      EnumSet.of(
          BranchState.READY, BranchState.PRE_COMMITTED, BranchState.COMMITTED, BranchState.ABORTED);

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
    return switch (outcome) {
      case COMMIT -> COMMIT;
      case ABORT -> ABORT;
      case PRE_COMMIT -> throw new IllegalArgumentException(outcome + " completes nothing");
    };
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

  /** Body of a roll. */
  record RollBody(String xid, List<String> paths, List<String> peers) {

    static RollBody of(Roll roll) {
      return new RollBody(
          roll.xid().value(),
          roll.paths().stream().map(CallPath::value).toList(),
          roll.peers().stream().map(Site::toString).toList());
    }

    Roll toRoll(Site from, Site addressee) {
      return new Roll(
          new Xid(xid),
          from,
          addressee,
          paths.stream().map(CallPath::new).collect(toCollection(TreeSet::new)),
          peers.stream().map(Site::parse).toList());
    }
  }

  /** Body of an order to pre-commit. */
  record PreCommitBody(String xid, long epoch) {

    static PreCommitBody of(PreCommitOrder order) {
      return new PreCommitBody(order.xid().value(), order.epoch());
    }

    PreCommitOrder toOrder(Site from, Site addressee) {
      return new PreCommitOrder(new Xid(xid), from, addressee, checked(epoch));
    }
  }

  /** Body of a question of a round: with where the asker stands, PRE_COMMIT is the initiator. */
  record RoundBody(String xid, String state, long epoch) {

    static RoundBody of(RoundQuestion question) {
      BranchState state = question.state();
      return new RoundBody(
          question.xid().value(),
          state == null ? Outcome.PRE_COMMIT.name() : state.name(),
          question.epoch());
    }

    RoundQuestion toQuestion(Site from, Site addressee) {
      return new RoundQuestion(
          new Xid(xid),
          from,
          addressee,
          state.equals(Outcome.PRE_COMMIT.name()) ? null : oneOf(UNDECIDED, state),
          checked(epoch));
    }
  }

  /** Body of what a member answers; without a state it does not know the transaction. */
  record MemberBody(
      String xid,
      @Nullable String state,
      @Nullable String cause,
      long epoch,
      List<String> asked,
      long since,
      String detail) {

    static MemberBody of(Xid xid, MemberAnswer answer) {
      String detail = Abridged.text(answer.detail(), LONGEST_DETAIL);
      Standing standing = answer.standing().orElse(null);
      if (standing == null) {
        return new MemberBody(xid.value(), null, null, 0, List.of(), 0, detail);
      }
      Cause cause = standing.cause();
      return new MemberBody(
          xid.value(),
          standing.state().name(),
          cause == null ? null : cause.name(),
          standing.epoch(),
          standing.asked().stream().map(each -> each.by() + "=" + each.state()).toList(),
          standing.since().toEpochMilli(),
          detail);
    }

    boolean isOf(Xid asked) {
      return xid.equals(asked.value());
    }

    MemberAnswer toAnswer(MemberAnswer.Verdict verdict) {
      return new MemberAnswer(
          verdict,
          Optional.ofNullable(state)
              .map(
                  text ->
                      new Standing(
                          oneOf(MEMBER_STATES, text),
                          cause == null ? null : Cause.valueOf(cause),
                          checked(epoch),
                          asked.stream().map(MemberBody::readAsked).toList(),
                          Instant.ofEpochMilli(since))),
          Abridged.text(detail, LONGEST_DETAIL));
    }

    private static Asked readAsked(String text) {
      String[] parts = text.split("=", -1);
      if (parts.length != 2) {
        throw new IllegalArgumentException("Who asked is like stock@4f2a=READY");
      }
      return new Asked(Site.parse(parts[0]), oneOf(UNDECIDED, parts[1]));
    }
  }

  private static BranchState oneOf(Set<BranchState> states, String text) {
    return states.stream()
        .filter(state -> state.name().equals(text))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("A state is one of " + states));
  }

  private static long checked(long epoch) {
    if (epoch < 0 || epoch > LAST_EPOCH) {
      throw new IllegalArgumentException("An epoch is 0 to " + LAST_EPOCH);
    }
    return epoch;
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
