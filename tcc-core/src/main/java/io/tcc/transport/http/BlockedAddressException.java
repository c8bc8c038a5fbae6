package io.tcc.transport.http;

import java.net.UnknownHostException;

/** An address must not be called. */
final class BlockedAddressException extends UnknownHostException {

  private static final long serialVersionUID = 1L;

  BlockedAddressException(String message) {
    super(message);
  }
}
