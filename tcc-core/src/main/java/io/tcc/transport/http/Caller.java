package io.tcc.transport.http;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Who sent a request, as far as the connection tells. */
final class Caller {

  private static final List<String> FORWARDED =
      List.of("forwarded", "via", "x-real-ip", "x-cluster-client-ip");

  private static final Pattern LITERAL = Pattern.compile("[0-9.]+|[0-9a-fA-F:.%]+");

  private Caller() {}

  /**
   * Whether a request comes from this machine and shows no sign of having been forwarded to it. A
   * proxy on this machine that leaves no sign cannot be told from a local caller.
   */
  static boolean isLocal(HttpServletRequest request) {
    // What is wrapped around it may have taken the traces of forwarding away.
    ServletRequest original = request;
    while (original instanceof ServletRequestWrapper wrapper) {
      original = wrapper.getRequest();
    }
    return original instanceof HttpServletRequest received
        && isLoopback(received.getRemoteAddr())
        && isLoopback(request.getRemoteAddr())
        && received.getAttribute("org.apache.tomcat.request.forwarded") == null
        && Collections.list(received.getHeaderNames()).stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .noneMatch(name -> FORWARDED.contains(name) || name.startsWith("x-forwarded"));
  }

  private static boolean isLoopback(String address) {
    // Only literal addresses: a name would be looked up.
    if (address == null || !LITERAL.matcher(address).matches()) {
      return false;
    }
    try {
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
