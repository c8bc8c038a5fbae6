package io.tcc.transport.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Neighbouring addresses, such as {@code 10.0.0.0/8} or {@code fd00::/8}.
 *
 * @param text as it was written
 * @param first an address of the block
 * @param bits how many bits all of them share
 */
record AddressBlock(String text, InetAddress first, int bits) {

  // Only literal addresses: a name would be looked up.
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)/([0-9]{1,3})");

  /**
   * Reads a block.
   *
   * @throws IllegalArgumentException if the text is none
   */
  static AddressBlock parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (matcher.matches()) {
      try {
        InetAddress first = InetAddress.getByName(Objects.requireNonNull(matcher.group(1)));
        int bits = Integer.parseInt(Objects.requireNonNull(matcher.group(2)));
        if (bits <= first.getAddress().length * Byte.SIZE) {
          return new AddressBlock(text, first, bits);
        }
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException(text + " is no block of addresses", e);
      }
    }
    throw new IllegalArgumentException(
        text + " is no block of addresses, such as 10.0.0.0/8 or fd00::/8");
  }

  boolean contains(InetAddress address) {
    byte[] own = first.getAddress();
    byte[] other = address.getAddress();
    if (own.length != other.length) {
      return false;
    }
    for (int i = 0; i < bits; i++) {
      int mask = 1 << (Byte.SIZE - 1 - i % Byte.SIZE);
      if ((own[i / Byte.SIZE] & mask) != (other[i / Byte.SIZE] & mask)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return text;
  }
}
