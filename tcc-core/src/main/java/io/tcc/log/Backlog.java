package io.tcc.log;

import io.tcc.transaction.Branch;
import io.tcc.transaction.Decision;
import java.util.List;

/**
 * What is not finished here, for people and metrics: reads, and takes nothing over. Every method
 * works in the current local transaction.
 */
public interface Backlog {

  /**
   * How much there is.
   *
   * @param drivingDecisions decided transactions whose participants are being told
   * @param parkedDecisions decided transactions that wait for an operator
   * @param openBranches branches without an outcome that do not wait for an operator
   * @param parkedBranches branches that wait for an operator
   */
  record Size(int drivingDecisions, int parkedDecisions, int openBranches, int parkedBranches) {}

  Size size();

  /** The decided transactions whose participants are being told, oldest first. */
  List<Decision> drivingDecisions(int limit);

  /** The decided transactions that wait for an operator, oldest first. */
  List<Decision> parkedDecisions(int limit);

  /** The branches without an outcome that do not wait for an operator, oldest first. */
  List<Branch> openBranches(int limit);

  /** The branches that wait for an operator, oldest first. */
  List<Branch> parkedBranches(int limit);
}
