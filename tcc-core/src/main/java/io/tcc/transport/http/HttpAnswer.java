package io.tcc.transport.http;

import io.tcc.transport.OutgoingCall;
import java.util.List;
import org.springframework.http.HttpHeaders;

/** A response to a client of Spring's. */
record HttpAnswer(HttpHeaders headers, boolean failed) implements OutgoingCall.Answer {

  @Override
  public List<String> header(String name) {
    return headers.getOrEmpty(name);
  }
}
