package io.tcc.transport.http;

import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;

/** Instruments the clients behind {@code @ImportHttpServices} that are no beans. */
public final class RestClientGroups implements RestClientHttpServiceGroupConfigurer {

  private final RestClientInstrumentation instrumentation;

  public RestClientGroups(RestClientInstrumentation instrumentation) {
    this.instrumentation = instrumentation;
  }

  @Override
  public void configureGroups(Groups<RestClient.Builder> groups) {
    groups.forEachClient((group, builder) -> instrumentation.instrument(builder));
  }
}
