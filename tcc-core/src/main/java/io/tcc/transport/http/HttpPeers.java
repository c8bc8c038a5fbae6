package io.tcc.transport.http;

import io.tcc.engine.Peers;
import io.tcc.protocol.threephase.MemberAnswer;
import io.tcc.protocol.threephase.MemberPeers;
import io.tcc.protocol.threephase.PreCommitOrder;
import io.tcc.protocol.threephase.Roll;
import io.tcc.protocol.threephase.RoundQuestion;
import io.tcc.transaction.Abridged;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.InquiryAnswer.Verdict;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import io.tcc.transport.Services;
import io.tcc.transport.Signatures;
import io.tcc.transport.TransportLimits;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The other services, over HTTP. Only an answer that echoes what was asked counts: whatever else
 * answers at an address, another application, a proxy's error page, a login form, acknowledges
 * nothing.
 */
public final class HttpPeers implements Peers, MemberPeers {

  private static final int LONGEST_DETAIL = 200;

  private final Site here;
  private final Services services;
  private final Signatures signatures;
  private final TransportLimits limits;
  private final Clock clock;
  private final HttpClient client;
  private final String path;

  /**
   * @param here who calls
   * @param client that follows no redirects, see {@link #client}
   * @param path of the endpoints below each service's url, such as {@code /tcc}; the same in all
   *     services
   */
  public HttpPeers(
      Site here,
      Services services,
      Signatures signatures,
      TransportLimits limits,
      Clock clock,
      HttpClient client,
      String path) {
    if (client.followRedirects() != HttpClient.Redirect.NEVER) {
      throw new IllegalArgumentException("The client follows redirects");
    }
    if (!path.matches("(/[A-Za-z0-9._~-]+)+")) {
      throw new IllegalArgumentException("tcc.http.path is like /tcc, not " + path);
    }
    this.here = here;
    this.services = services;
    this.signatures = signatures;
    this.limits = limits;
    this.clock = clock;
    this.client = client;
    this.path = path;
  }

  /** A client that is fit for coordination calls. */
  public static HttpClient client(Duration connectTimeout) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(connectTimeout)
        .build();
  }

  @Override
  public boolean knows(String service) {
    return services.address(service).isPresent();
  }

  @Override
  public CompletableFuture<CompletionAnswer> complete(CompletionOrder order, Duration limit) {
    return post(
        order.addressee(),
        Coordination.operation(order.outcome()),
        Coordination.Order.of(order),
        limit,
        response -> answer(order, response),
        CompletionAnswer::retry);
  }

  @Override
  public CompletableFuture<InquiryAnswer> ask(Inquiry inquiry, Duration limit) {
    return post(
        inquiry.transaction().initiator(),
        Coordination.DECISION,
        Coordination.Question.of(inquiry),
        limit,
        response -> answer(inquiry, response),
        why -> InquiryAnswer.undecided(Verdict.UNREACHABLE, why));
  }

  @Override
  public CompletableFuture<MemberAnswer> roll(Roll roll, Duration limit) {
    return member(
        roll.addressee(), Coordination.ROLL, roll.xid(), Coordination.RollBody.of(roll), limit);
  }

  @Override
  public CompletableFuture<MemberAnswer> preCommit(PreCommitOrder order, Duration limit) {
    return member(
        order.addressee(),
        Coordination.PRE_COMMIT,
        order.xid(),
        Coordination.PreCommitBody.of(order),
        limit);
  }

  @Override
  public CompletableFuture<MemberAnswer> ask(RoundQuestion question, Duration limit) {
    return member(
        question.addressee(),
        Coordination.ROUND,
        question.xid(),
        Coordination.RoundBody.of(question),
        limit);
  }

  private CompletableFuture<MemberAnswer> member(
      Site to, String operation, Xid xid, Object body, Duration limit) {
    return post(
        to, operation, body, limit, response -> answer(xid, response), MemberAnswer::silent);
  }

  private static MemberAnswer answer(Xid xid, HttpResponse<byte[]> response) {
    MemberAnswer.Verdict verdict =
        switch (response.statusCode()) {
          case Replies.OK -> MemberAnswer.Verdict.DONE;
          case Replies.PRECONDITION_FAILED -> MemberAnswer.Verdict.STALE;
          case Replies.CONFLICT -> MemberAnswer.Verdict.CONFLICT;
          case Replies.UNAVAILABLE -> MemberAnswer.Verdict.RETRY;
          default -> MemberAnswer.Verdict.REFUSED;
        };
    if (verdict == MemberAnswer.Verdict.REFUSED || !isJson(response)) {
      return MemberAnswer.silent(described(response));
    }
    Coordination.MemberBody answer =
        Coordination.read(response.body(), Coordination.MemberBody.class);
    return answer.isOf(xid)
        ? answer.toAnswer(verdict)
        : MemberAnswer.silent("answered for " + answer.xid() + ", which it was not asked for");
  }

  /** Whoever is on another log says so in plain text. */
  private static boolean isJson(HttpResponse<byte[]> response) {
    return response
        .headers()
        .firstValue("Content-Type")
        .filter(type -> type.startsWith("application/json"))
        .isPresent();
  }

  private static CompletionAnswer answer(CompletionOrder order, HttpResponse<byte[]> response) {
    int status = response.statusCode();
    if (status != Replies.OK && status != Replies.CONFLICT) {
      return CompletionAnswer.retry(described(response));
    }
    Coordination.OrderAnswer answer =
        Coordination.read(response.body(), Coordination.OrderAnswer.class);
    if (!answer.isTo(order)) {
      return CompletionAnswer.retry(
          "answered for " + answer.xid() + " " + answer.outcome() + ", which it was not asked for");
    }
    return status == Replies.OK
        ? CompletionAnswer.DONE
        : CompletionAnswer.conflict(Abridged.text(answer.detail(), LONGEST_DETAIL));
  }

  private static InquiryAnswer answer(Inquiry inquiry, HttpResponse<byte[]> response) {
    if (response.statusCode() != Replies.OK) {
      return InquiryAnswer.undecided(Verdict.UNREACHABLE, described(response));
    }
    Coordination.QuestionAnswer answer =
        Coordination.read(response.body(), Coordination.QuestionAnswer.class);
    return answer.isTo(inquiry)
        ? answer.toAnswer()
        : InquiryAnswer.undecided(
            Verdict.UNREACHABLE, "answered for " + answer.xid() + ", which it was not asked for");
  }

  static String described(HttpResponse<byte[]> response) {
    return "status "
        + response.statusCode()
        + ": "
        + Abridged.text(new String(response.body(), StandardCharsets.UTF_8), LONGEST_DETAIL);
  }

  /** Longest body of a call, in bytes. */
  int longestBody() {
    return limits.body();
  }

  /**
   * Sends a signed call.
   *
   * @param read reads the answer; what it throws counts as no answer
   * @param failed what there is instead of an answer, for the reason given
   */
  <T> CompletableFuture<T> post(
      Site to,
      String operation,
      Object body,
      Duration limit,
      Function<HttpResponse<byte[]>, T> read,
      Function<String, T> failed) {
    CompletableFuture<HttpResponse<byte[]>> exchange;
    try {
      URI base =
          services
              .address(to.service())
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "its address is not known: set tcc.services." + to.service() + ".url"));
      exchange = client.sendAsync(request(base, to, operation, body, limit), this::limited);
    } catch (RuntimeException e) {
      return CompletableFuture.completedFuture(failed.apply(String.valueOf(e.getMessage())));
    }
    CompletableFuture<T> answer =
        exchange
            .thenApply(read)
            .exceptionally(e -> failed.apply(root(e).toString()))
            .completeOnTimeout(
                failed.apply("no answer within " + limit), limit.toMillis(), TimeUnit.MILLISECONDS);
    return answer.whenComplete((done, none) -> exchange.cancel(true));
  }

  private HttpRequest request(URI base, Site to, String operation, Object body, Duration limit) {
    byte[] bytes = Coordination.write(body);
    String address = base.toString().replaceAll("/+$", "") + path + operation;
    return HttpRequest.newBuilder(URI.create(address))
        .timeout(limit)
        .header("Content-Type", "application/json")
        .header(
            CoordinationSignature.NAME,
            CoordinationSignature.of(here, to, clock.instant(), operation, bytes, signatures)
                .toString())
        .POST(HttpRequest.BodyPublishers.ofByteArray(bytes))
        .build();
  }

  private HttpResponse.BodySubscriber<byte[]> limited(HttpResponse.ResponseInfo info) {
    return new LimitedBody(limits.body());
  }

  private static Throwable root(Throwable e) {
    @Nullable Throwable cause = e.getCause();
    return e instanceof CompletionException && cause != null ? cause : e;
  }
}
