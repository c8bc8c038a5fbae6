package io.tcc.transport.http;

import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;

/** Instruments the clients behind {@code @ImportHttpServices} that are no beans. */
public final class WebClientGroups implements WebClientHttpServiceGroupConfigurer {

  private final WebClientInstrumentation instrumentation;

  public WebClientGroups(WebClientInstrumentation instrumentation) {
    this.instrumentation = instrumentation;
  }

  @Override
  public void configureGroups(Groups<WebClient.Builder> groups) {
    groups.forEachClient((group, builder) -> instrumentation.instrument(builder));
  }
}
