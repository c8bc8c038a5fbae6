package io.tcc.cluster;

import io.tcc.annotation.GlobalTx;
import java.math.BigDecimal;
import org.springframework.transaction.annotation.Transactional;

/** Global transactions over the databases of the initiator and of the services that it calls. */
public class Orders {

  private final Node node;
  private final Network network;
  private final Shelf shelf;
  private final Till till;

  public Orders(Node node, Network network, Shelf shelf, Till till) {
    this.node = node;
    this.network = network;
    this.shelf = shelf;
    this.till = till;
  }

  /** Business code. */
  @FunctionalInterface
  public interface Body {
    void run();
  }

  @GlobalTx
  public void buy(Body body) {
    body.run();
  }

  @GlobalTx
  @Transactional
  public void buyInOneLocalTransaction(Body body) {
    body.run();
  }

  /** Two databases, neither of which holds the log. */
  public void twoDatabases() {
    till.take();
    shelf.takeFromStock();
  }

  /** Two databases, one of which holds the log. */
  public void logAndBank() {
    shelf.takeFromLog();
    till.take();
  }

  public void logAlone() {
    shelf.takeFromLog();
  }

  public void call() {
    network.call(
        node,
        "inventory",
        there -> {
          there.bean(Shelf.class).takeFromStock();
          return "";
        });
  }

  /** The inventory's log is one of its databases: there it is prepared like any other. */
  public void callIntoItsLog() {
    network.call(
        node,
        "inventory",
        there -> {
          there.bean(Shelf.class).takeFromLog();
          return "";
        });
  }

  /** A 3PC branch. */
  public void takeSeatThere() {
    network.call(node, "inventory", there -> there.bean(Seats.class).reserve("a"));
  }

  public void reserveThere() {
    network.call(
        node, "inventory", there -> there.bean(Accounts.class).reserve("a", BigDecimal.ONE));
  }
}
