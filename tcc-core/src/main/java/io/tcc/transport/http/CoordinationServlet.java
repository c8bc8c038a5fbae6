package io.tcc.transport.http;

import io.tcc.context.TransactionContext;
import io.tcc.engine.Inquiries;
import io.tcc.participant.BranchCompletion;
import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.ReplyDesk;
import io.tcc.protocol.outbox.Result;
import io.tcc.protocol.threephase.MemberAnswer;
import io.tcc.protocol.threephase.Membership;
import io.tcc.protocol.threephase.PreCommitOrder;
import io.tcc.protocol.threephase.Roll;
import io.tcc.protocol.threephase.RoundQuestion;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import io.tcc.transport.MessageRefusedException;
import io.tcc.transport.Refusal;
import io.tcc.transport.Refusals;
import io.tcc.transport.TransportLimits;
import io.tcc.transport.Trust;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints by which services coordinate: {@code POST} to {@code commit} and {@code abort}
 * completes branches here, {@code POST} to {@code decision} answers for decisions of this service,
 * {@code POST} to {@code roll}, {@code pre-commit} and {@code round} speaks to it as a member of a
 * 3PC transaction.
 *
 * <ol>
 *   <li>Refuse what is not of the right form, too large, or not to be believed: 4xx, counted, and
 *       nothing is changed.
 *   <li>Refuse what is meant for another log of this service: 503, because an instance on that log
 *       may answer next time.
 *   <li>Do it, and echo the xid and the outcome: 200 done, 409 a different outcome is already
 *       durable here, 412 a round was held since, 503 try again.
 * </ol>
 *
 * <p>With a local message table, {@code POST} to {@code deliver} brings messages, and {@code POST}
 * to {@code reply} tells what became of this service's; the answer, always 200, says for each
 * whether it is taken over.
 *
 * <p>A plain servlet, so that no exception handler, converter or interceptor of the application
 * gets in between. To be mapped to {@code /tcc/*} or the configured path.
 */
public final class CoordinationServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;
  private static final Logger log = LoggerFactory.getLogger(CoordinationServlet.class);

  private final transient TransactionContext context;
  private final transient BranchCompletion branches;
  private final transient Inquiries inquiries;
  private final transient Membership membership;
  private final transient Trust trust;
  private final transient TransportLimits limits;
  private final transient Refusals refusals;
  private final transient @Nullable Inbox inbox;
  private final transient @Nullable ReplyDesk replies;

  /** Without messages. */
  public CoordinationServlet(
      TransactionContext context,
      BranchCompletion branches,
      Inquiries inquiries,
      Membership membership,
      Trust trust,
      TransportLimits limits,
      Refusals refusals) {
    this(context, branches, inquiries, membership, trust, limits, refusals, null, null);
  }

  /**
   * @param inbox for messages of other services; null: there is no such endpoint
   * @param replies for what became of this service's messages; null: there is no such endpoint
   */
  public CoordinationServlet(
      TransactionContext context,
      BranchCompletion branches,
      Inquiries inquiries,
      Membership membership,
      Trust trust,
      TransportLimits limits,
      Refusals refusals,
      @Nullable Inbox inbox,
      @Nullable ReplyDesk replies) {
    this.context = context;
    this.branches = branches;
    this.inquiries = inquiries;
    this.membership = membership;
    this.trust = trust;
    this.limits = limits;
    this.refusals = refusals;
    this.inbox = inbox;
    this.replies = replies;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    try {
      // Completion is the end of a transaction, never part of one.
      context.<Boolean, Exception>callIn(
          null,
          () -> {
            answer(request, response);
            return true;
          });
    } catch (MessageRefusedException e) {
      refuse(request, response, e);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void answer(HttpServletRequest request, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    String operation = request.getPathInfo() == null ? "" : request.getPathInfo();
    if (operation.equals(Mail.DELIVER) && inbox != null) {
      deliver(inbox, request, response);
      return;
    }
    if (operation.equals(Mail.REPLY) && replies != null) {
      report(replies, request, response);
      return;
    }
    switch (operation) {
      case Coordination.COMMIT -> complete(Outcome.COMMIT, request, response);
      case Coordination.ABORT -> complete(Outcome.ABORT, request, response);
      case Coordination.DECISION -> decide(request, response);
      case Coordination.ROLL, Coordination.PRE_COMMIT, Coordination.ROUND ->
          member(operation, request, response);
      default -> reject(request, response, Replies.NOT_FOUND, "There is no such endpoint");
    }
  }

  private void complete(Outcome outcome, HttpServletRequest request, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    if (!isJsonPost(request, response)) {
      return;
    }
    byte[] body = body(request);
    CoordinationSignature signature = believe(request, Coordination.operation(outcome), body);
    CompletionOrder order = order(outcome, signature, body);
    CompletionAnswer answer = branches.complete(order);
    int status =
        switch (answer.verdict()) {
          case DONE -> Replies.OK;
          case CONFLICT -> Replies.CONFLICT;
          case RETRY -> Replies.UNAVAILABLE;
        };
    Replies.json(response, status, Coordination.write(Coordination.OrderAnswer.of(order, answer)));
  }

  private static CompletionOrder order(
      Outcome outcome, CoordinationSignature signature, byte[] body)
      throws MessageRefusedException {
    try {
      if (outcome == Outcome.COMMIT && !signature.to().knowsItsLog()) {
        throw new IllegalArgumentException("COMMIT is meant for a log, which it does not name");
      }
      return Coordination.read(body, Coordination.Order.class).toOrder(outcome, signature.to());
    } catch (RuntimeException e) {
      throw malformed(e);
    }
  }

  private void decide(HttpServletRequest request, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    if (!isJsonPost(request, response)) {
      return;
    }
    byte[] body = body(request);
    CoordinationSignature signature = believe(request, Coordination.DECISION, body);
    Inquiry inquiry = inquiry(signature, body);
    InquiryAnswer answer;
    try {
      answer = inquiries.answer(inquiry);
    } catch (RuntimeException e) {
      log.warn("The decision of {} could not be told", inquiry.transaction().xid(), e);
      Replies.text(response, Replies.UNAVAILABLE, "The log does not answer");
      return;
    }
    Replies.json(
        response, Replies.OK, Coordination.write(Coordination.QuestionAnswer.of(inquiry, answer)));
  }

  private static Inquiry inquiry(CoordinationSignature signature, byte[] body)
      throws MessageRefusedException {
    try {
      if (!signature.to().knowsItsLog() || !signature.from().knowsItsLog()) {
        throw new IllegalArgumentException("An inquiry names both logs");
      }
      return Coordination.read(body, Coordination.Question.class)
          .toInquiry(signature.to(), signature.from());
    } catch (RuntimeException e) {
      throw malformed(e);
    }
  }

  private void deliver(Inbox to, HttpServletRequest request, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    if (!isJsonPost(request, response)) {
      return;
    }
    byte[] body = body(request);
    CoordinationSignature signature = believe(request, Mail.DELIVER, body);
    List<Parcel> parcels;
    Duration within;
    try {
      requireLog(signature);
      Mail.Delivery delivery = Coordination.read(body, Mail.Delivery.class);
      parcels = delivery.toParcels();
      within = Duration.ofMillis(delivery.within());
    } catch (RuntimeException e) {
      throw malformed(e);
    }
    List<Handover> handovers = to.receive(signature.from(), parcels, within);
    receipt(response, parcels.stream().map(Parcel::id).toList(), handovers);
  }

  private void report(ReplyDesk to, HttpServletRequest request, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    if (!isJsonPost(request, response)) {
      return;
    }
    byte[] body = body(request);
    CoordinationSignature signature = believe(request, Mail.REPLY, body);
    List<Result> results;
    try {
      requireLog(signature);
      if (!signature.to().knowsItsLog()) {
        throw new IllegalArgumentException("A report is meant for a log, which it does not name");
      }
      results = Coordination.read(body, Mail.Report.class).toResults();
    } catch (RuntimeException e) {
      throw malformed(e);
    }
    List<Handover> handovers = to.receive(signature.from(), results);
    receipt(response, results.stream().map(Result::message).toList(), handovers);
  }

  private static void requireLog(CoordinationSignature signature) {
    if (!signature.from().knowsItsLog()) {
      throw new IllegalArgumentException("Whoever sends messages names its log");
    }
  }

  private static void receipt(
      HttpServletResponse response, List<String> ids, List<Handover> handovers) throws IOException {
    Replies.json(response, Replies.OK, Coordination.write(Mail.Receipt.of(ids, handovers)));
  }

  private void member(String operation, HttpServletRequest request, HttpServletResponse response)
      throws IOException, MessageRefusedException {
    if (!isJsonPost(request, response)) {
      return;
    }
    byte[] body = body(request);
    CoordinationSignature signature = believe(request, operation, body);
    MemberMessage message = message(operation, signature, body);
    MemberAnswer answer = message.deliver().get();
    int status =
        switch (answer.verdict()) {
          case DONE -> Replies.OK;
          case STALE -> Replies.PRECONDITION_FAILED;
          case CONFLICT -> Replies.CONFLICT;
          case RETRY -> Replies.UNAVAILABLE;
          case REFUSED -> throw new MessageRefusedException(Refusal.STRANGER, answer.detail());
        };
    Replies.json(
        response, status, Coordination.write(Coordination.MemberBody.of(message.xid(), answer)));
  }

  /** A message to this service as a member of a transaction. */
  private record MemberMessage(Xid xid, Supplier<MemberAnswer> deliver) {}

  private MemberMessage message(String operation, CoordinationSignature signature, byte[] body)
      throws MessageRefusedException {
    try {
      if (!signature.to().knowsItsLog() || !signature.from().knowsItsLog()) {
        throw new IllegalArgumentException("It names both logs");
      }
      Site from = signature.from();
      Site to = signature.to();
      switch (operation) {
        case Coordination.ROLL -> {
          Roll roll = Coordination.read(body, Coordination.RollBody.class).toRoll(from, to);
          return new MemberMessage(roll.xid(), () -> membership.roll(roll));
        }
        case Coordination.PRE_COMMIT -> {
          PreCommitOrder order =
              Coordination.read(body, Coordination.PreCommitBody.class).toOrder(from, to);
          return new MemberMessage(order.xid(), () -> membership.preCommit(order));
        }
        default -> {
          RoundQuestion question =
              Coordination.read(body, Coordination.RoundBody.class).toQuestion(from, to);
          return new MemberMessage(question.xid(), () -> membership.answer(question));
        }
      }
    } catch (RuntimeException e) {
      throw malformed(e);
    }
  }

  private static MessageRefusedException malformed(RuntimeException e) {
    return new MessageRefusedException(
        Refusal.MALFORMED, "Its body is not as it should be: " + e.getMessage());
  }

  private CoordinationSignature believe(HttpServletRequest request, String operation, byte[] body)
      throws MessageRefusedException {
    CoordinationSignature signature =
        CoordinationSignature.read(
            Collections.list(request.getHeaders(CoordinationSignature.NAME)));
    trust.check(
        signature.signed(operation, body),
        signature.signature(),
        signature.sent(),
        signature.to(),
        Caller.isLocal(request));
    return signature;
  }

  private byte[] body(HttpServletRequest request) throws IOException, MessageRefusedException {
    byte[] body = request.getInputStream().readNBytes(limits.body() + 1);
    if (body.length > limits.body()) {
      throw new MessageRefusedException(
          Refusal.OVERSIZED, "Its body is longer than " + limits.body() + " bytes");
    }
    return body;
  }

  private boolean isJsonPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (!request.getMethod().equals("POST")) {
      response.setHeader("Allow", "POST");
      reject(request, response, Replies.METHOD_NOT_ALLOWED, "Coordination calls are POST");
      return false;
    }
    String type = request.getContentType();
    if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
      reject(request, response, Replies.UNSUPPORTED_TYPE, "Coordination calls are JSON");
      return false;
    }
    return true;
  }

  private void refuse(
      HttpServletRequest request, HttpServletResponse response, MessageRefusedException e)
      throws IOException {
    String message = "This coordination call is refused. " + e.getMessage();
    refusals.refused(e.reason(), request.getRemoteAddr() + ": " + message);
    int status = e.reason() == Refusal.WRONG_LOG ? Replies.UNAVAILABLE : Replies.status(e.reason());
    Replies.text(response, status, message);
  }

  private void reject(
      HttpServletRequest request, HttpServletResponse response, int status, String message)
      throws IOException {
    refusals.refused(
        Refusal.MALFORMED,
        request.getRemoteAddr()
            + ": "
            + message
            + ": "
            + request.getMethod()
            + " "
            + request.getRequestURI());
    Replies.text(response, status, message);
  }
}
