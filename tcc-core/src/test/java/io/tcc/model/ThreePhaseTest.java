package io.tcc.model;

import io.tcc.model.ThreePhase.Guard;
import org.junit.jupiter.api.Test;

class ThreePhaseTest {
  static void show(String name, Exploration e) {
    System.out.println(name + " " + e.states() + " stuck=" + e.stuck() + " " + e.counterexample().map(t -> t.end() + " " + t.steps().size()).orElse("ok"));
  }
  @Test
  void look() {
    Exploration a = Explorer.explore(ThreePhase.withAllGuards(2, 0));
    show("2/0", a);
    Exploration b = Explorer.explore(ThreePhase.withAllGuards(2, 1));
    show("2/1", b);
    System.out.println(a.isSafeAndNeverStuck() ? b : a);
    show("split 2", Explorer.explore(ThreePhase.withSplits(2)));
    for (Guard guard : Guard.values()) {
      show(guard + " 2/1 ",  Explorer.explore(ThreePhase.without(guard, 2, 1)));
    }
    Exploration c = Explorer.explore(ThreePhase.withAllGuards(2, 2));
    show("2/2", c);
    for (int[] x : new int[][] {{3,0,0}, {3,1,0}, {3,0,1}}) {
    long t = System.nanoTime();
    Exploration d = Explorer.explore(ThreePhase.withAllGuards(x[0], x[1]).returning(x[2]));
    System.out.println((System.nanoTime() - t) / 1000000);
    show("x" + java.util.Arrays.toString(x), d);
    if (!d.isSafeAndNeverStuck()) System.out.println(d);
    }
  }
}
