package io.tcc.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Who may call whom in one global transaction: an upper bound. A run may leave out any Try and any
 * call of it, do them in any order, and answer at any moment.
 *
 * <p>Everything is numbered from 0; run 0 is the initiator's. The second run of a request is the
 * one of a client or proxy that repeated it, and makes calls of its own, under the same paths.
 *
 * @param name of the scenario
 * @param services by number
 * @param places by number
 * @param runs by number
 * @param calls by number
 * @param end the last time of the clock that is explored
 */
record Scenario(
    String name,
    List<String> services,
    List<Place> places,
    List<Run> runs,
    List<Call> calls,
    Time end) {

  /** What time it is for the transaction, by the one clock that the model has. */
  enum Time {
    BEFORE_DEADLINE,
    AFTER_DEADLINE,
    AFTER_RETENTION
  }

  /**
   * Where the branches of a call are: its path, at a service. They share a fence.
   *
   * @param service its number
   */
  record Place(String path, int service, String name) {}

  /**
   * One execution of a request.
   *
   * @param call that is served; {@link #NO_CALL} at the initiator
   * @param tries how many Try it may run
   * @param calls that it may make
   * @param subtree this run and all that may follow from its calls, as a set of bits
   */
  record Run(int call, int place, int tries, List<Integer> calls, int subtree, String name) {}

  /**
   * A call that a run may make.
   *
   * @param path of two calls of one run with the same path only one can be made
   * @param runs how it is executed: as one of them or, repeated, as several
   * @param subtree all runs that may follow from it, as a set of bits
   */
  record Call(int caller, String path, int place, List<Integer> runs, int subtree, String name) {}

  static final int NO_CALL = -1;

  /**
   * A request that may be sent.
   *
   * @param path the path of the call
   * @param tries how many Try an execution of it may run
   * @param runs how often it may be executed
   */
  record Request(String path, String service, int tries, int runs, List<Request> nested) {

    Request(String path, String service, int tries, Request... nested) {
      this(path, service, tries, 1, List.of(nested));
    }

    /** The same request, which something between caller and service may repeat once. */
    Request repeated() {
      return new Request(path, service, tries, 2, nested);
    }
  }

  /** A transaction whose initiator may run some Try and send some requests. */
  static Scenario of(String name, Time end, int triesOfInitiator, Request... requests) {
    Builder builder = new Builder();
    builder.addRun(NO_CALL, new Request("", "I", triesOfInitiator, 1, List.of(requests)));
    return builder.build(name, end);
  }

  /** Whether a run can make only one of two calls, because they have the same path. */
  boolean isAlternative(int call, int other) {
    return call != other
        && calls.get(call).caller() == calls.get(other).caller()
        && calls.get(call).path().equals(calls.get(other).path());
  }

  /** A set of places in words. */
  String names(int bitsOfPlaces) {
    return bitsOfPlaces == 0
        ? "nothing"
        : IntStream.range(0, places.size())
            .filter(place -> Bits.has(bitsOfPlaces, place))
            .mapToObj(place -> places.get(place).name())
            .collect(Collectors.joining(" and "));
  }

  @Override
  public String toString() {
    return name;
  }

  private static final class Builder {

    private final List<String> services = new ArrayList<>();
    private final List<Place> places = new ArrayList<>();
    private final List<Run> runs = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();

    private int addRun(int call, Request request) {
      int number = runs.size();
      int place = place(request);
      runs.add(null);
      List<Integer> made = new ArrayList<>();
      int subtree = Bits.of(number);
      for (Request nested : request.nested()) {
        int added = addCall(number, nested);
        made.add(added);
        subtree |= calls.get(added).subtree();
      }
      runs.set(
          number, new Run(call, place, request.tries(), made, subtree, places.get(place).name()));
      return number;
    }

    private int addCall(int caller, Request request) {
      int number = calls.size();
      calls.add(null);
      List<Integer> executions = new ArrayList<>();
      int subtree = 0;
      for (int n = 0; n < request.runs(); n++) {
        int added = addRun(number, request);
        executions.add(added);
        subtree |= runs.get(added).subtree();
      }
      int place = place(request);
      calls.set(
          number,
          new Call(caller, request.path(), place, executions, subtree, places.get(place).name()));
      return number;
    }

    private int place(Request request) {
      if (!services.contains(request.service())) {
        services.add(request.service());
      }
      String name = (request.path().isEmpty() ? "root" : request.path()) + "@" + request.service();
      Place place = new Place(request.path(), services.indexOf(request.service()), name);
      if (!places.contains(place)) {
        places.add(place);
      }
      return places.indexOf(place);
    }

    Scenario build(String name, Time end) {
      List<Run> named =
          IntStream.range(0, runs.size()).mapToObj(number -> numbered(number)).toList();
      return new Scenario(
          name, List.copyOf(services), List.copyOf(places), named, List.copyOf(calls), end);
    }

    /** With a number in its name if there are several at that place. */
    private Run numbered(int number) {
      Run run = runs.get(number);
      List<Integer> same =
          IntStream.range(0, runs.size())
              .filter(other -> runs.get(other).place() == run.place())
              .boxed()
              .toList();
      String name = same.size() == 1 ? run.name() : run.name() + "#" + (same.indexOf(number) + 1);
      return new Run(run.call(), run.place(), run.tries(), run.calls(), run.subtree(), name);
    }
  }

  /** Sets of numbers as bits. */
  static final class Bits {

    private Bits() {}

    static int of(int number) {
      return 1 << number;
    }

    static boolean has(int bits, int number) {
      return (bits & of(number)) != 0;
    }
  }
}
