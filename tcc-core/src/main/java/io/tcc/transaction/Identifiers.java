package io.tcc.transaction;

/** Source of random identities. */
@FunctionalInterface
public interface Identifiers {

  /** 128 random bits as 32 lower-case hexadecimal digits, never the same twice. */
  String next();
}
