package io.tcc.wiring;

import io.tcc.transaction.Identifiers;
import java.security.SecureRandom;
import java.util.HexFormat;

/** Identities from the platform's cryptographic random number generator: nobody can guess one. */
public final class RandomIdentifiers implements Identifiers {

  private static final int BYTES = 16;

  private final SecureRandom random = new SecureRandom();

  @Override
  public String next() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
