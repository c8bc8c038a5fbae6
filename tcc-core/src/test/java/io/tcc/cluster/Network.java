package io.tcc.cluster;

import io.tcc.context.Frame;
import io.tcc.engine.Peers;
import io.tcc.protocol.outbox.Carrier;
import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.Result;
import io.tcc.protocol.threephase.MemberAnswer;
import io.tcc.protocol.threephase.MemberPeers;
import io.tcc.protocol.threephase.Membership;
import io.tcc.protocol.threephase.PreCommitOrder;
import io.tcc.protocol.threephase.Roll;
import io.tcc.protocol.threephase.RoundQuestion;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Enlisted;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.InquiryAnswer.Verdict;
import io.tcc.transaction.Site;
import io.tcc.transport.CallContext;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What lies between the nodes: delivers calls, or does not. Counts and interrupts by {@link Wire}.
 */
public final class Network {

  private static final Duration SKEW = Duration.ofSeconds(5);

  private final Map<String, Node> nodes = new ConcurrentHashMap<>();
  private final Set<String> unreachable = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newCachedThreadPool(Network::daemon);
  private volatile Wire wire = (what, from, to) -> {};
  private volatile boolean asynchronous;

  /** Sees each message before it leaves, after it was served, and when the answer is back. */
  @FunctionalInterface
  public interface Wire {
    void pass(String what, Node from, Node to);
  }

  /** The connection broke; nobody knows what the other side did. */
  public static final class BrokenConnectionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BrokenConnectionException(String message) {
      super(message);
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "callee");
    thread.setDaemon(true);
    return thread;
  }

  /** Messages to the node's service go to this node from now on. */
  public void join(Node node) {
    nodes.put(node.service(), node);
  }

  /**
   * From now on, coordination messages hold no thread of their sender while they are under way, and
   * count as unanswered after their limit, in real time.
   */
  public void becomeAsynchronous() {
    asynchronous = true;
  }

  public void intercept(Wire interceptor) {
    wire = interceptor;
  }

  /** Messages to a service do not arrive. */
  public void cutOff(String service) {
    unreachable.add(service);
  }

  public void restore(String service) {
    unreachable.remove(service);
  }

  /**
   * A business call inside a global transaction. What the callee throws reaches the caller, as an
   * error response would.
   */
  public <T> T call(Node from, String to, Function<Node, T> handler) {
    Frame frame = from.context().current().orElseThrow();
    Frame.Call call = frame.startCall(to);
    String header =
        CallContext.of(frame, call.path(), from.instance().clock().instant()).toString();
    try {
      return send("call", from, to, node -> serve(from, call, header, node, handler));
    } catch (BrokenConnectionException e) {
      call.unknown(String.valueOf(e.getMessage()));
      throw e;
    }
  }

  private <T> T serve(
      Node from, Frame.Call call, String header, Node node, Function<Node, T> handler) {
    Frame served =
        CallContext.parse(header).open(node.instance(), from.instance().clock().instant(), SKEW);
    Answer<T> answer;
    try {
      T value = node.context().callIn(served, () -> handler.apply(node));
      answer = new Answer<>(value, null, served.enlisted().toString());
    } catch (RuntimeException e) {
      answer = new Answer<>(null, e, served.enlisted().toString());
    }
    served.close();
    wire.pass("answer to call", node, from);
    call.answered(Enlisted.parse(answer.enlisted()), answer.failure() != null);
    if (answer.failure() != null) {
      throw answer.failure();
    }
    return answer.value();
  }

  private record Answer<T>(T value, RuntimeException failure, String enlisted) {}

  Peers peersOf(Node from) {
    return new Peers() {
      @Override
      public boolean knows(String service) {
        return nodes.containsKey(service);
      }

      @Override
      public CompletableFuture<CompletionAnswer> complete(CompletionOrder order, Duration limit) {
        return under(
            limit,
            CompletionAnswer.retry("no answer"),
            () ->
                send(
                    order.outcome().name(),
                    from,
                    order.addressee().service(),
                    node -> {
                      CompletionAnswer answer =
                          node.instance().site().answersFor(order.addressee())
                              ? node.system().completion().complete(order)
                              : CompletionAnswer.retry("not my log");
                      wire.pass("answer to " + order.outcome(), node, from);
                      return answer;
                    }),
            e -> CompletionAnswer.retry(String.valueOf(e.getMessage())));
      }

      @Override
      public CompletableFuture<InquiryAnswer> ask(Inquiry inquiry, Duration limit) {
        Site initiator = inquiry.transaction().initiator();
        return under(
            limit,
            InquiryAnswer.undecided(Verdict.UNREACHABLE, "no answer"),
            () ->
                send(
                    "inquiry",
                    from,
                    initiator.service(),
                    node -> {
                      if (!node.instance().holds(initiator)) {
                        throw new BrokenConnectionException("not my log");
                      }
                      InquiryAnswer answer = node.system().inquiries().answer(inquiry);
                      wire.pass("answer to inquiry", node, from);
                      return answer;
                    }),
            e -> InquiryAnswer.undecided(Verdict.UNREACHABLE, String.valueOf(e.getMessage())));
      }
    };
  }

  Carrier carrierOf(Node from) {
    return new Carrier() {
      @Override
      public boolean knows(String service) {
        return nodes.containsKey(service);
      }

      @Override
      public CompletableFuture<List<Handover>> deliver(
          String destination, List<Parcel> parcels, Duration limit) {
        return carry(
            "delivery",
            destination,
            parcels.size(),
            node -> node.outbox().inbox().receive(from.instance().site(), parcels, limit));
      }

      @Override
      public CompletableFuture<List<Handover>> report(
          Site sender, List<Result> results, Duration limit) {
        return carry(
            "report",
            sender.service(),
            results.size(),
            node -> {
              if (!node.instance().site().answersFor(sender)) {
                throw new BrokenConnectionException("not my log");
              }
              return node.outbox().replies().receive(from.instance().site(), results);
            });
      }

      private CompletableFuture<List<Handover>> carry(
          String what, String to, int count, Function<Node, List<Handover>> handler) {
        return told(
            () ->
                CompletableFuture.completedFuture(
                        send(
                            what,
                            from,
                            to,
                            node -> {
                              List<Handover> handovers = handler.apply(node);
                              if (node.isDead()) {
                                throw new BrokenConnectionException(to + " died");
                              }
                              wire.pass("answer to " + what, node, from);
                              return handovers;
                            }))
                    .join(),
            e -> Collections.nCopies(count, Handover.failed(String.valueOf(e.getMessage()))));
      }
    };
  }

  MemberPeers memberPeersOf(Node from) {
    return new MemberPeers() {
      @Override
      public boolean knows(String service) {
        return nodes.containsKey(service);
      }

      @Override
      public CompletableFuture<MemberAnswer> roll(Roll roll, Duration limit) {
        return tell("roll", roll.addressee(), limit, membership -> membership.roll(roll));
      }

      @Override
      public CompletableFuture<MemberAnswer> preCommit(PreCommitOrder order, Duration limit) {
        return tell("preCommit", order.addressee(), limit, m -> m.preCommit(order));
      }

      @Override
      public CompletableFuture<MemberAnswer> ask(RoundQuestion question, Duration limit) {
        return tell("round", question.addressee(), limit, m -> m.answer(question));
      }

      private CompletableFuture<MemberAnswer> tell(
          String what, Site to, Duration limit, Function<Membership, MemberAnswer> handler) {
        return under(
            limit,
            MemberAnswer.silent("no answer"),
            () ->
                send(
                    what,
                    from,
                    to.service(),
                    node -> {
                      if (!node.instance().site().answersFor(to)) {
                        throw new BrokenConnectionException("not my log");
                      }
                      MemberAnswer answer = handler.apply(node.system().membership());
                      wire.pass("answer to " + what, node, from);
                      return answer;
                    }),
            e -> MemberAnswer.silent(String.valueOf(e.getMessage())));
      }
    };
  }

  private <T> CompletableFuture<T> under(
      Duration limit, T tooLate, Supplier<T> send, Function<RuntimeException, T> otherwise) {
    if (!asynchronous) {
      return told(send, otherwise);
    }
    return CompletableFuture.supplyAsync(() -> told(send, otherwise).join(), threads)
        .completeOnTimeout(tooLate, limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static <T> CompletableFuture<T> told(
      Supplier<T> send, Function<RuntimeException, T> otherwise) {
    try {
      return CompletableFuture.completedFuture(send.get());
    } catch (RuntimeException e) {
      return CompletableFuture.completedFuture(otherwise.apply(e));
    }
  }

  /** Delivers to another process: its handler runs on a thread of its own. */
  private <T> T send(String what, Node from, String to, Function<Node, T> handler) {
    Node node = nodes.get(to);
    if (node == null) {
      throw new BrokenConnectionException("no address for " + to);
    }
    try {
      wire.pass(what, from, node);
      if (node.isDead() || unreachable.contains(to)) {
        throw new BrokenConnectionException(to + " cannot be reached");
      }
      return CompletableFuture.supplyAsync(() -> handler.apply(node), threads).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Crash.Death death) {
        throw orBrokenConnection(death, from);
      }
      throw e;
    } catch (Crash.Death death) {
      throw orBrokenConnection(death, from);
    }
  }

  /** Who dies sees its own death; others see that the connection broke. */
  private static RuntimeException orBrokenConnection(Crash.Death death, Node seenBy) {
    if (death.victim() == seenBy) {
      throw death;
    }
    return new BrokenConnectionException(death.getMessage());
  }
}
