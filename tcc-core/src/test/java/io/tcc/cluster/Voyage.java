package io.tcc.cluster;

import io.tcc.annotation.GlobalTx;
import io.tcc.transaction.Vote;
import java.math.BigDecimal;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/** Business methods of an initiator of 3PC transactions. */
public class Voyage {

  private final Node node;
  private final Network network;
  private final Seats seats;
  private final Accounts accounts;
  private final JdbcTemplate sql;

  public Voyage(Node node, Network network, Seats seats, Accounts accounts, JdbcTemplate sql) {
    this.node = node;
    this.network = network;
    this.seats = seats;
    this.accounts = accounts;
    this.sql = sql;
  }

  private void at(String service) {
    network.call(node, service, n -> n.bean(Seats.class).reserve("a"));
  }

  /** One participant. */
  @GlobalTx
  public void one() {
    at("train");
  }

  /** Two participants. */
  @GlobalTx
  public void two() {
    at("train");
    at("ship");
  }

  /** Three participants, none of them the initiator. */
  @GlobalTx
  public void three() {
    at("train");
    at("ship");
    at("hotel");
  }

  /** The initiator takes part itself, by 3PC, and by TCC; the train by both too. */
  @GlobalTx
  public void mixed() {
    seats.reserve("a");
    accounts.reserve("a", BigDecimal.ONE);
    at("train");
    network.call(node, "train", n -> n.bean(Accounts.class).reserve("a", BigDecimal.ONE));
  }

  /** The ship cannot, and nobody looks at it. */
  @GlobalTx
  public void catches() {
    at("train");
    try {
      at("ship");
    } catch (Accounts.InsufficientException e) {
      // The voyage goes on without a ship.
    }
  }

  /** What the ship votes is looked at by nobody. */
  @GlobalTx
  public void shipVotes(Vote vote) {
    at("train");
    network.call(node, "ship", n -> n.bean(Seats.class).reserveAndVote("a", vote));
  }

  @GlobalTx
  public void fails() {
    at("train");
    at("ship");
    throw new IllegalStateException("business failure");
  }

  /** Remote 3PC branches under a local transaction. */
  @GlobalTx
  @Transactional
  public void inOneLocalTransaction() {
    sql.update("insert into journal values ('-', 'plain local work', '-')");
    at("train");
  }

  /** An own 3PC branch under a local transaction. */
  @GlobalTx
  @Transactional
  public void ownInOneLocalTransaction() {
    seats.reserve("a");
  }
}
