package io.tcc.wiring;

import io.tcc.context.TransactionContext;
import io.tcc.door.GlobalTransactions;
import io.tcc.engine.Coordinator;
import io.tcc.engine.Decider;
import io.tcc.engine.Driver;
import io.tcc.engine.Inquiries;
import io.tcc.engine.Limits;
import io.tcc.engine.Pause;
import io.tcc.engine.Peers;
import io.tcc.engine.Recovery;
import io.tcc.engine.Rounds;
import io.tcc.engine.Settlement;
import io.tcc.log.BranchLog;
import io.tcc.log.DecisionLog;
import io.tcc.log.HeuristicLog;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MemberLog;
import io.tcc.log.PayloadCodec;
import io.tcc.participant.Births;
import io.tcc.participant.BranchCompletion;
import io.tcc.participant.BranchHandlers;
import io.tcc.participant.BranchWork;
import io.tcc.participant.BranchesElsewhere;
import io.tcc.participant.MethodCalls;
import io.tcc.protocol.tcc.Tcc;
import io.tcc.protocol.threephase.Divergences;
import io.tcc.protocol.threephase.MemberPeers;
import io.tcc.protocol.threephase.Membership;
import io.tcc.protocol.threephase.PreCommitRounds;
import io.tcc.protocol.threephase.ThreePhase;
import io.tcc.protocol.threephase.ThreePhaseSettings;
import io.tcc.protocol.twophase.PreparedMethods;
import io.tcc.transaction.Events;
import io.tcc.transaction.Instance;
import io.tcc.transaction.TransactionListener;
import java.util.List;
import java.util.concurrent.Executor;

/** One service's engine, put together from its ports. */
public final class TransactionSystem {

  /** What 3PC needs besides. */
  public record ThreePhasePorts(
      MemberLog members, MemberPeers peers, ThreePhaseSettings settings) {}

  /** What the engine is built from. */
  public record Ports(
      Instance instance,
      TransactionContext context,
      DecisionLog decisions,
      BranchLog branches,
      BranchesElsewhere elsewhere,
      HeuristicLog heuristics,
      LocalTransactions local,
      PayloadCodec codec,
      Peers peers,
      Limits limits,
      Pause pause,
      Executor executor,
      List<TransactionListener> listeners,
      ThreePhasePorts threePhase) {}

  private final GlobalTransactions transactions;
  private final BranchWork work;
  private final Tcc tcc;
  private final PreparedMethods preparedMethods;
  private final ThreePhase threePhase;
  private final BranchCompletion completion;
  private final Membership membership;
  private final Inquiries inquiries;
  private final Recovery recovery;
  private final BranchHandlers handlers;
  private final Births births;

  public TransactionSystem(Ports ports) {
    Events events = new Events(ports.listeners());
    handlers = new BranchHandlers();
    Divergences divergences =
        new Divergences(ports.threePhase().members(), ports.local(), ports.limits().call(), events);
    completion =
        new BranchCompletion(
            ports.branches(),
            ports.elsewhere(),
            ports.heuristics(),
            ports.local(),
            handlers,
            divergences,
            ports.limits().backoff().longest(),
            ports.limits().call(),
            ports.limits().retention(),
            events,
            ports.instance().clock(),
            ports.instance().identifiers());
    Decider decider =
        new Decider(
            ports.instance(),
            ports.decisions(),
            ports.local(),
            completion,
            ports.limits(),
            ports.pause());
    inquiries = new Inquiries(decider, ports.limits(), ports.instance());
    membership =
        new Membership(
            ports.threePhase().members(),
            ports.branches(),
            ports.local(),
            handlers,
            completion,
            ports.threePhase().peers(),
            ports.threePhase().settings(),
            ports.limits().call(),
            ports.limits().backoff().first(),
            ports.instance().clock(),
            ports.instance().identifiers());
    Rounds rounds =
        new PreCommitRounds(
            ports.instance(),
            ports.threePhase().members(),
            ports.local(),
            membership,
            completion,
            divergences,
            inquiries,
            ports.peers(),
            ports.threePhase().peers(),
            ports.threePhase().settings(),
            ports.limits(),
            ports.executor());
    Settlement settlement =
        new Settlement(
            ports.instance(),
            ports.decisions(),
            ports.local(),
            decider,
            rounds,
            ports.limits(),
            events,
            ports.executor(),
            ports.pause());
    Driver driver =
        new Driver(
            ports.instance(),
            ports.decisions(),
            ports.local(),
            completion,
            ports.peers(),
            ports.limits(),
            events,
            settlement,
            ports.executor());
    Coordinator coordinator =
        new Coordinator(
            ports.instance(),
            ports.context(),
            decider,
            settlement,
            driver,
            ports.branches(),
            ports.local(),
            ports.peers(),
            ports.limits(),
            events,
            ports.executor());
    recovery =
        new Recovery(
            ports.instance(),
            ports.decisions(),
            ports.branches(),
            ports.elsewhere(),
            ports.heuristics(),
            ports.local(),
            completion,
            inquiries,
            driver,
            rounds,
            ports.peers(),
            ports.limits(),
            events,
            ports.executor());
    transactions = new GlobalTransactions(ports.context(), coordinator, ports.local());
    work =
        new BranchWork(
            ports.branches(), ports.local(), ports.instance(), ports.limits().retention());
    MethodCalls calls = new MethodCalls(ports.codec());
    tcc = new Tcc(work, handlers, calls);
    preparedMethods = new PreparedMethods(work, handlers, calls);
    threePhase =
        new ThreePhase(
            work, handlers, calls, ports.threePhase().members(), ports.instance().clock());
    births = new Births(ports.context(), work, ports.local());
  }

  /** Begins and joins global transactions. */
  public GlobalTransactions transactions() {
    return transactions;
  }

  /** TCC's work phase and participants. */
  public Tcc tcc() {
    return tcc;
  }

  /** Two-phase commit by methods: its work phase and participants. */
  public PreparedMethods preparedMethods() {
    return preparedMethods;
  }

  /** 3PC's work phase and participants. */
  public ThreePhase threePhase() {
    return threePhase;
  }

  /** What this service is in transactions that take rounds. */
  public Membership membership() {
    return membership;
  }

  /** The work phase of this service's branches. */
  public BranchWork work() {
    return work;
  }

  /** Completes branches of each participant. */
  public BranchHandlers handlers() {
    return handlers;
  }

  /** Stores what must leave if, and only if, the business change is made. */
  public Births births() {
    return births;
  }

  /** Completes this service's branches when it is ordered to. */
  public BranchCompletion completion() {
    return completion;
  }

  /** Answers for this service's decisions. */
  public Inquiries inquiries() {
    return inquiries;
  }

  /** Ends what was left open. */
  public Recovery recovery() {
    return recovery;
  }
}
