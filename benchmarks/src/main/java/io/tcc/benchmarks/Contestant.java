package io.tcc.benchmarks;

/** Who makes the transfers. */
public enum Contestant {
  TWO_LOCAL_COMMITS,
  BY_HAND_LOG_IN_ONE,
  BY_HAND_RECOVERABLE_LOG_IN_ONE,
  LIBRARY_LOG_IN_ONE,
  BY_HAND_LOG_ELSEWHERE,
  BY_HAND_RECOVERABLE_LOG_ELSEWHERE,
  LIBRARY_LOG_ELSEWHERE,
  NARAYANA_FILES,
  NARAYANA_TABLE,
  ATOMIKOS;

  Transfer start(TwoServers servers) throws Exception {
    return switch (this) {
      case TWO_LOCAL_COMMITS -> TransferByHand.twoLocalCommits(servers);
      case BY_HAND_LOG_IN_ONE -> TransferByHand.logInOne(servers, false);
      case BY_HAND_RECOVERABLE_LOG_IN_ONE -> TransferByHand.logInOne(servers, true);
      case LIBRARY_LOG_IN_ONE -> TransferWithLibrary.logInOne(servers);
      case BY_HAND_LOG_ELSEWHERE -> TransferByHand.logElsewhere(servers, false);
      case BY_HAND_RECOVERABLE_LOG_ELSEWHERE -> TransferByHand.logElsewhere(servers, true);
      case LIBRARY_LOG_ELSEWHERE -> TransferWithLibrary.logElsewhere(servers);
      case NARAYANA_FILES -> TransferWithNarayana.logInFiles(servers);
      case NARAYANA_TABLE -> TransferWithNarayana.logInTable(servers);
      case ATOMIKOS -> new TransferWithAtomikos(servers);
    };
  }
}
